import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { block } from '../support/pages/protocol-page.js';
import { type Client, connect } from '../support/sockets/socket-client.js';
import { serve } from '../support/sockets/socket-server.js';

/** Values that differ in each run. A printed value stands for the server's value everywhere. */
const CHANGING = [
  /^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  /^[\w-]{43}$/,
];

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

class Substitutions {
  private readonly actual = new Map<string, string>();

  /** Replaces the printed values by those of the server. */
  apply(text: string): string {
    return [...this.actual].reduce((all, [printed, actual]) => all.replaceAll(printed, actual), text);
  }

  /** Replaces the server's values by the printed ones, and learns new pairs. */
  learn(printed: unknown, came: unknown): unknown {
    if (typeof printed === 'string' && typeof came === 'string') return this.learnText(printed, came);
    if (!isObject(printed) || !isObject(came)) return came;
    const entries = Object.entries(came).map(([key, each]) => [key, this.learn(printed[key], each)]);
    return Array.isArray(came) ? entries.map(([, each]) => each) : Object.fromEntries(entries);
  }

  private learnText(printed: string, came: string): string {
    if (!CHANGING.some(pattern => pattern.test(printed) && pattern.test(came))) return came;
    const known = this.actual.get(printed) ?? came;
    this.actual.set(printed, known);
    return known === came ? printed : came;
  }
}

describe('the conversation in PROTOCOL.md', () => {
  it('is what the server sends', async () => {
    const { url } = await serve();
    const sockets = new Map<string, Client>();
    const taken = new Map<Client, number>();
    const values = new Substitutions();
    const named = (name: string): Client => {
      const client = sockets.get(name);
      if (!client) throw new Error(`${name} has no socket`);
      return client;
    };
    const next = async (client: Client): Promise<unknown> => {
      const index = taken.get(client) ?? 0;
      await vi.waitFor(() => expect(client.received.length).toBeGreaterThan(index), { timeout: 5000, interval: 2 });
      taken.set(client, index + 1);
      return client.received[index];
    };

    const played = { sent: 0, received: 0, closed: 0 };
    for (const line of block('text transcript').split('\n')) {
      const [, name = '', what = '', rest = ''] = /^(\w+) (\S+) ?(.*)$/.exec(line) ?? [];
      if (name === '') expect(line).toMatch(/^(#.*)?$/);
      else if (what === 'opens') sockets.set(name, await connect(url));
      else if (what === 'vanishes') named(name).socket.terminate();
      else if (what === 'closes') named(name).socket.close(Number(rest));
      else if (what === 'closed') {
        expect(await named(name).closed, line).toBe(Number(rest));
        played.closed += 1;
      } else if (what === '→') {
        named(name).socket.send(values.apply(rest));
        played.sent += 1;
      } else {
        expect(what, line).toBe('←');
        const printed = JSON.parse(rest);
        expect(values.learn(printed, await next(named(name))), line).toEqual(printed);
        played.received += 1;
      }
    }
    expect(played.sent).toBeGreaterThan(15);
    // Every message of the server is printed.
    for (const client of sockets.values()) expect(client.received).toHaveLength(taken.get(client) ?? 0);
    expect(played.received).toBeGreaterThan(played.sent);
    expect(played.closed).toBe(1);
  });
});

describe('the handshake in PROTOCOL.md', () => {
  it('is what is sent and answered', async () => {
    const { url } = await serve();
    const { port, host } = new URL(url);
    const [request = '', answer = ''] = block('http handshake').split(/\n\n(?=HTTP)/);
    const socket = connectTcp(Number(port), '127.0.0.1');
    socket.write(`${request.trim().replace('127.0.0.1:3000', host).replaceAll('\n', '\r\n')}\r\n\r\n`);
    const [bytes] = await once(socket, 'data');
    socket.destroy();
    const withoutId = (text: string): string => text.replace(/^(X-Request-Id: )[0-9a-f-]{36}$/m, '$1…');
    expect(withoutId(answer)).not.toBe(answer);
    expect(withoutId(String(bytes).replaceAll('\r\n', '\n')).trim()).toBe(withoutId(answer).trim());
  });
});
