import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type Client, type ClientOptions, createClient, type WatchState } from '../../src/adapters/client/index.js';
import { browser } from '../support/client/browser.js';
import { backoff } from '../support/client/watching.js';
import { PASSWORD, somebody } from '../support/library-users.js';
import { freePort } from '../support/servers/free-port.js';
import { serve } from '../support/sockets/socket-server.js';

class Watched {
  readonly states: WatchState[] = [];
  /** The reasons of `waiting` and `refused`, as `code: message`. */
  readonly reasons: string[] = [];
  /** Codes with which `onEnd` was called. */
  readonly ends: string[] = [];
  /** Paths of HTTP requests, besides handshakes. */
  readonly requests: string[] = [];
  readonly client: Client;

  constructor(options: ClientOptions) {
    const { fetch } = globalThis;
    this.client = createClient({
      WebSocket,
      backoff,
      ...options,
      fetch: (target, init) => {
        this.requests.push(new URL(target).pathname);
        return fetch(target, init);
      },
    });
    const watch = this.client.watchTrades(() => undefined, {
      onState: (state, reason) => {
        this.states.push(state);
        if (reason) this.reasons.push(`${reason.code}: ${reason.message}`);
      },
      onEnd: ({ code }) => void this.ends.push(code),
    });
    onTestFinished(() => watch.stop());
  }

  /** Waits until the watch is refused; returns the reason. */
  async refusal(): Promise<string | undefined> {
    await vi.waitFor(() => expect(this.states.at(-1)).toBe('refused'));
    return this.reasons.at(-1);
  }

  /** Waits for failed attempts. None of them may end the watch. */
  async failures(count: number): Promise<void> {
    await vi.waitFor(() => expect(this.states.filter(state => state === 'waiting').length).toBeGreaterThan(count));
    expect([this.states.includes('refused'), this.ends]).toEqual([false, []]);
  }
}

async function serveOther(listener: RequestListener, port = 0): Promise<{ url: string; server: Server }> {
  const server = createServer(listener);
  await new Promise<void>(listening => server.listen(port, '127.0.0.1', listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

describe('a watch is refused, with a sentence for people and after one request,', () => {
  it('where the origin of the page is foreign', async () => {
    const { origin, tradepost } = await serve();
    const { token } = await somebody(tradepost);
    const { WebSocket } = browser('https://other.example');
    const watched = new Watched({ url: origin, token, WebSocket });
    expect(await watched.refusal()).toBe(
      'origin_forbidden: The server does not allow sockets of pages of this origin. Its operator adds origins to ALLOWED_ORIGINS.',
    );
    expect(watched).toMatchObject({ requests: ['/ws'], ends: ['origin_forbidden'] });
  });

  it('where a page of a foreign origin has a cookie, and a browser hides every answer', async () => {
    const { origin } = await serve();
    const { WebSocket } = browser('https://other.example');
    const { fetch } = globalThis;
    // As the Fetch Standard has it: an answer without CORS headers for the page is a network error.
    vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
      const answer = await fetch(url, init);
      if (!answer.headers.has('access-control-allow-origin')) throw new TypeError('Failed to fetch');
      return answer;
    });
    const watched = new Watched({ url: origin, WebSocket });
    expect(await watched.refusal()).toMatch(/^origin_forbidden: /);
    expect(watched.requests.filter(path => path === '/ws')).toHaveLength(1);
  });

  it('where the path of sockets is wrong', async () => {
    const { origin, tradepost } = await serve();
    const { token } = await somebody(tradepost);
    const watched = new Watched({ url: origin, token, socketUrl: '/live?key=secret' });
    const { host } = new URL(origin);
    expect(await watched.refusal()).toBe(
      `route_not_found: The server has no socket at ${host}/live. Check \`url\` and \`socketUrl\`.`,
    );
    expect(watched).toMatchObject({ requests: ['/live'], ends: ['route_not_found'] });
  });

  it('where the server does not serve the host name', async () => {
    const { origin, tradepost } = await serve({ webSocket: { allowedHosts: ['cards.example.org'] } });
    const { token } = await somebody(tradepost);
    const watched = new Watched({ url: origin, token });
    expect(await watched.refusal()).toMatch(/^misdirected_request: This server does not serve this host name\./);
  });

  it.each([200, 401, 404])('where another server answers with %i', async status => {
    const { url } = await serveOther((_request, response) => response.writeHead(status).end('<html>'));
    const watched = new Watched({ url, token: 't' });
    const { host } = new URL(url);
    expect(await watched.refusal()).toBe(
      `unreachable: There is no Tradepost server at ${host}/ws (status ${status}). Check \`url\` and \`socketUrl\`.`,
    );
    expect(watched).toMatchObject({ requests: ['/ws'], ends: ['unreachable'] });
  });

  it('where the URL redirects, which sockets do not follow', async () => {
    const { origin, tradepost } = await serve();
    const { token } = await somebody(tradepost);
    const { url } = await serveOther((request, response) => {
      response.writeHead(308, { location: `${origin}${request.url}` }).end();
    });
    const watched = new Watched({ url, token });
    expect(await watched.refusal()).toBe(
      `unreachable: ${new URL(url).host}/ws redirects to ${origin}/ws. Sockets do not follow redirects: use that URL.`,
    );
  });

  it('and does not try again, nor has another state', async () => {
    const upgrades = vi.fn((_request, socket) => socket.end('HTTP/1.1 404 Not Found\r\n\r\n'));
    const { url, server } = await serveOther((_request, response) => response.writeHead(404).end());
    server.on('upgrade', upgrades);
    const watched = new Watched({ url, token: 't' });
    await watched.refusal();
    const before = [upgrades.mock.calls.length, watched.states.length];
    await new Promise(passed => setTimeout(passed, 100));
    expect([upgrades.mock.calls.length, watched.states.length]).toEqual(before);
    expect(watched.requests).toEqual(['/ws']);
  });
});

describe('a watch is not refused', () => {
  it('where the server is away at first', async () => {
    const port = await freePort();
    const first = new Watched({ url: `http://127.0.0.1:${port}`, token: 't' });
    await first.failures(3);
    // The request is repeated until it is answered: a foreign server is found out when it comes.
    await serveOther((_request, response) => response.writeHead(404).end(), port);
    expect(await first.refusal()).toMatch(/^unreachable: There is no Tradepost server/);
  });

  it('where the server is overloaded or shutting down at first, or a proxy says that it is away', async () => {
    for (const status of [429, 502, 503]) {
      const { url } = await serveOther((_request, response) => response.writeHead(status).end());
      await new Watched({ url, token: 't' }).failures(3);
    }
    const { origin, sockets } = await serve();
    await sockets.close();
    await new Watched({ url: origin, token: 't' }).failures(3);
  });

  it('where a proxy does not pass on upgrades, which may be repaired, and asks only once', async () => {
    const { origin } = await serve();
    const { url, server } = await serveOther(async (request, response) => {
      const answer = await fetch(`${origin}${request.url}`);
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
      response.end(await answer.text());
    });
    server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const watched = new Watched({ url, token: 't' });
    await watched.failures(3);
    expect(watched.requests).toEqual(['/ws']);
  });

  it('where a handshake has succeeded before, whatever answers later', async () => {
    const first = await serve();
    const { token } = await somebody(first.tradepost);
    const watched = new Watched({ url: first.origin, token });
    await vi.waitFor(() => expect(watched.states.at(-1)).toBe('live'));
    await first.stop();
    await serveOther((_request, response) => response.writeHead(404).end(), Number(new URL(first.origin).port));
    await watched.failures(3);
    expect(watched.requests).toEqual([]);
  });

  it('where the session is over: that has its own reason, and no `waiting` before it', async () => {
    const { origin, tradepost } = await serve();
    const { username } = await somebody(tradepost);
    const { WebSocket } = browser(origin);
    const watched = new Watched({ url: origin, WebSocket });
    await vi.waitFor(() => expect(watched.ends).toEqual(['unauthenticated']));
    await watched.client.login({ username, password: PASSWORD, delivery: 'cookie' });
    const second = new Watched({ url: origin, WebSocket });
    await vi.waitFor(() => expect(second.states.at(-1)).toBe('live'));
    await watched.client.revokeAllSessions();
    await vi.waitFor(() => expect(second.ends).toEqual(['unauthenticated']));
    expect([watched.states, second.states]).toEqual([
      ['connecting', 'ended'],
      ['connecting', 'live', 'connecting', 'ended'],
    ]);
  });

  it('where it is stopped during the check, which ends with it', async () => {
    let seen = 0;
    let aborted = 0;
    const { url, server } = await serveOther((_request, response) => {
      seen += 1;
      response.on('close', () => {
        aborted += 1;
      });
    });
    server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const client = createClient({ url, token: 't', WebSocket, backoff });
    const states: WatchState[] = [];
    const watch = client.watchTrades(() => undefined, { onState: state => void states.push(state) });
    await vi.waitFor(() => expect(states).toContain('waiting'));
    await vi.waitFor(() => expect(seen).toBe(1));
    watch.stop();
    await vi.waitFor(() => expect(aborted).toBe(1));
    expect(states.at(-1)).toBe('ended');
  });
});
