import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { createClient } from '../../src/adapters/client/index.js';
import { requestOf, useFakeHttp } from '../support/client/fake-http.js';
import { fakeNetwork, soon } from '../support/client/fake-socket.js';
import { BACKOFF, URL, useFakeTime } from '../support/client/fake-watching.js';

useFakeTime();
useFakeHttp();

const TOKEN = 'a-token-that-nobody-may-see';

/** The messages of the guide, with the details that each has. */
const guide = readFileSync('docs/websocket-clients.md', 'utf8').split('## Debugging')[1] ?? '';
const DOCUMENTED = Object.fromEntries(
  [...guide.matchAll(/^\| `([^`]+)` \| (.*) \|$/gm)].map(([, message = '', details = '']) => [
    message,
    [...details.matchAll(/`(\w+)`/g)].map(([, key]) => key),
  ]),
);

const shapesOf = (lines: readonly (readonly [string, object | undefined])[]) =>
  Object.fromEntries(lines.map(([message, details = {}]) => [message, Object.keys(details)]));

function debugged(token: string | null = TOKEN) {
  const network = fakeNetwork();
  const lines: (readonly [string, object | undefined])[] = [];
  const client = createClient({
    url: `${URL}/api`,
    ...(token === null ? {} : { token }),
    WebSocket: network.WebSocket,
    socketUrl: 'ws?key=of-the-proxy',
    backoff: () => BACKOFF,
    debug: (message, details) => void lines.push([message, details]),
  });
  return { network, lines, client };
}

describe('what a client reports for debugging', () => {
  it('is each request with its status and how long it took', async () => {
    const { client, lines } = debugged();
    const adding = client.addCard({ name: 'Ace' });
    await vi.advanceTimersByTimeAsync(30);
    await requestOf('/api/cards').answer(201, { id: 'c1' });
    await adding;
    const listing = client.listTrades({ after: 't1' }).catch(() => undefined);
    await requestOf('/api/trades').answer(503, { code: 'storage_unavailable', detail: 'down' });
    await listing;
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('fetch failed')));
    await client.revokeSession({ id: 'a/b' }).catch(() => undefined);
    expect(lines).toEqual([
      ['request', { method: 'POST', path: '/cards', status: 201, milliseconds: 30 }],
      ['request', { method: 'GET', path: '/trades', status: 503, milliseconds: 0 }],
      ['request', { method: 'DELETE', path: '/sessions/a%2Fb', status: null, milliseconds: 0 }],
    ]);
  });

  it('is each socket, where its watch begins, why it ended and how long the client waits', async () => {
    const { client, lines, network } = debugged();
    const watch = client.watchTrades(() => undefined);
    await soon();
    await network.socket.goLive('t7');
    network.socket.tell(8);
    network.socket.end(1013);
    await vi.advanceTimersByTimeAsync(5000 + BACKOFF);
    await network.socket.goLive('t8');
    network.socket.say('<html>');
    await soon();
    watch.stop();
    const asking = client.authenticate();
    await requestOf('/api/me').answer(200, {});
    await asking;
    const opening = ['socket opening', { url: 'wss://cards.example.org/api/ws' }];
    expect(lines).toEqual([
      opening,
      ['socket open', undefined],
      ['watching', { after: null, cursor: 't7' }],
      ['socket closed', { code: 1013 }],
      ['waiting to reconnect', { failures: 1, milliseconds: 5000 + BACKOFF, reason: 'overloaded' }],
      opening,
      ['socket open', undefined],
      ['watching', { after: 't8', cursor: 't8' }],
      ['socket dropped', { code: 'unreachable', reason: 'The server sent a message that is not of this protocol.' }],
      ['waiting to reconnect', { failures: 1, milliseconds: BACKOFF, reason: 'unreachable' }],
      ['request', { method: 'GET', path: '/me', status: 200, milliseconds: 0 }],
    ]);
  });

  it('is the check of a handshake that failed, and the pause of a watch for its listener', async () => {
    const { client, lines, network } = debugged();
    const stuck = new Promise<void>(() => undefined);
    const watch = client.watchTrades(() => stuck);
    await soon();
    network.socket.end(1006);
    await soon();
    await requestOf('/api/ws').answer(400, { code: 'malformed_request', detail: 'no upgrade' });
    await vi.advanceTimersByTimeAsync(BACKOFF);
    await network.socket.goLive('t0');
    for (let number = 1; number <= 1000; number += 1) network.socket.tell(number);
    watch.stop();
    const dropped = { code: 'unreachable', reason: 'The connection is no longer needed.' };
    const request = ['request', { method: 'GET', path: '/me', status: 200, milliseconds: 0 }] as const;
    expect(lines).toEqual([
      ['socket opening', { url: 'wss://cards.example.org/api/ws' }],
      ['socket closed', { code: 1006 }],
      ['waiting to reconnect', { failures: 1, milliseconds: BACKOFF, reason: 'unreachable' }],
      ['handshake checked', { verdict: 'possible' }],
      ['socket opening', { url: 'wss://cards.example.org/api/ws' }],
      ['socket open', undefined],
      ['watching', { after: null, cursor: 't0' }],
      ['socket dropped', dropped],
      ['paused for the listener', { cursor: 't1000' }],
    ]);
    // Together with the line of a request these are all that the guide lists.
    expect(shapesOf([...lines, request])).toEqual(DOCUMENTED);
  });

  it('never has tokens, passwords or bodies', async () => {
    const { client, lines, network } = debugged();
    const watch = client.watchTrades(() => undefined);
    await soon();
    await network.socket.goLive('t7');
    network.socket.tell(8);
    const login = client.login({ username: 'ann', password: 'a-password-that-nobody-may-see' });
    await requestOf('/api/login').answer(200, { token: 'another-token-that-nobody-may-see' });
    await login;
    await soon();
    await network.socket.goLive('t8');
    const adding = client.addCard({ name: 'A-card-that-nobody-may-see', idempotencyKey: 'a-key-that-nobody-may-see' });
    await requestOf('/api/cards').answer(201, { id: 'c1' });
    await adding;
    watch.stop();
    expect(lines.length).toBeGreaterThan(8);
    expect(JSON.stringify(lines)).not.toMatch(/nobody-may-see|trade 8|of-the-proxy|ann/);
  });

  it('cannot break the client: an error of the function becomes an uncaught error', async () => {
    const uncaught: unknown[] = [];
    const { queueMicrotask } = globalThis;
    vi.stubGlobal('queueMicrotask', (work: () => void) =>
      queueMicrotask(() => {
        try {
          work();
        } catch (error) {
          uncaught.push(error);
        }
      }),
    );
    const debug = (): void => {
      throw new Error('no console');
    };
    const client = createClient({ url: URL, token: TOKEN, WebSocket: fakeNetwork().WebSocket, debug });
    const adding = client.addCard({ name: 'Ace' });
    await requestOf('/cards').answer(201, { id: 'c1' });
    expect(await adding).toEqual({ id: 'c1' });
    expect(uncaught).toEqual([new Error('no console')]);
  });
});
