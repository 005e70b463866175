import { afterEach, describe, expect, it, vi } from 'vitest';
import { createClient } from '../../src/adapters/client/index.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** Answers every request in the same way and records the requests. */
function answering(status: number, body: string | null, headers: Record<string, string> = {}) {
  const fetch = vi.fn(async (_url: string, _init: RequestInit) => new Response(body, { status, headers }));
  vi.stubGlobal('fetch', fetch);
  return fetch;
}

const json = { 'content-type': 'application/json; charset=utf-8' };
const problem = { 'content-type': 'application/problem+json; charset=utf-8' };

describe('a request', () => {
  it('has its input in path, query or body, and its credentials in headers', async () => {
    const fetch = answering(200, '{}', json);
    const client = createClient({ url: 'https://cards.example.org/api/', token: 't' });
    await client.listTrades({ limit: 2, after: 'a b', direction: undefined as unknown as 'all' });
    await client.revokeSession({ id: 'a/b' });
    await client.revokeAllSessions();
    await client.addCard({ name: 'Ace', idempotencyKey: 'k1' });
    await client.authenticate();
    const requests = fetch.mock.calls.map(([url, { method, headers, body }]) => [
      `${method} ${url}`,
      body,
      Object.fromEntries(new Headers(headers)),
    ]);
    const authorization = 'Bearer t';
    const api = 'https://cards.example.org/api';
    expect(requests).toEqual([
      [`GET ${api}/trades?limit=2&after=a+b`, undefined, { authorization }],
      [`DELETE ${api}/sessions/a%2Fb`, undefined, { authorization }],
      [`DELETE ${api}/sessions`, undefined, { authorization }],
      [
        `POST ${api}/cards`,
        '{"name":"Ace"}',
        { authorization, 'content-type': 'application/json', 'idempotency-key': 'k1' },
      ],
      [`GET ${api}/me`, undefined, { authorization }],
    ]);
  });

  it('that is refused throws the problem of the server, and when to try again', async () => {
    const said = { code: 'rate_limited', detail: 'There were too many logins.', status: 429 };
    answering(429, JSON.stringify(said), { ...problem, 'retry-after': '17' });
    const client = createClient({ url: 'http://localhost' });
    await expect(client.login({ username: 'ann', password: 'p' })).rejects.toMatchObject({
      name: 'ClientError',
      message: said.detail,
      code: 'rate_limited',
      retryAfter: 17,
      problem: said,
    });
    answering(401, JSON.stringify({ code: 'unauthenticated', detail: 'no' }), problem);
    await expect(client.authenticate()).rejects.toMatchObject({ code: 'unauthenticated', retryAfter: null });
  });

  it.each([
    ['a proxy’s page', 502, '<html>', { 'content-type': 'text/html', 'retry-after': '5' }, 5],
    ['a proxy’s date', 503, '', { 'retry-after': 'Fri, 31 Dec 1999 23:59:59 GMT' }, null],
    ['a network’s own login', 200, '<html>', { 'content-type': 'text/html' }, null],
    ['half an answer', 200, '{"items":[', json, null],
    ['half a problem', 503, '{"code":', problem, null],
  ])('that gets %s throws `unreachable`', async (_what, status, body, headers, retryAfter) => {
    answering(status, body, headers);
    const client = createClient({ url: 'http://localhost', token: 't' });
    await expect(client.listCards()).rejects.toMatchObject({ code: 'unreachable', problem: null, retryAfter });
  });

  it('without an answer throws `unreachable` with the cause, after the timeout at the latest', async () => {
    const client = createClient({ url: 'http://127.0.0.1:1', token: 't', timeout: 20 });
    await expect(client.listCards()).rejects.toMatchObject({ code: 'unreachable', cause: { message: 'fetch failed' } });
    vi.stubGlobal('fetch', (_url: string, { signal }: { signal: AbortSignal }) => {
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    await expect(client.listCards()).rejects.toMatchObject({ code: 'unreachable', cause: { name: 'TimeoutError' } });
  });
});

describe('the address', () => {
  it.each([
    ['http://localhost:3000', undefined, 'http://localhost:3000/me', 'ws://localhost:3000/ws'],
    ['https://example.org/api//', undefined, 'https://example.org/api/me', 'wss://example.org/api/ws'],
    ['https://example.org/api?x=1#y', '/ws', 'https://example.org/api/me', 'wss://example.org/ws'],
    ['https://example.org/api', 'live/trades', 'https://example.org/api/me', 'wss://example.org/api/live/trades'],
    ['http://example.org', 'wss://live.example.org/?v=2#x', 'http://example.org/me', 'wss://live.example.org/?v=2'],
  ])('%s with socketUrl %s', async (url, socketUrl, http, socket) => {
    const fetch = answering(200, JSON.stringify({ user: { id: 'ann' } }), json);
    const WebSocket = vi.fn();
    const client = createClient({ url, WebSocket, ...(socketUrl === undefined ? {} : { socketUrl }) });
    const watch = client.watchTrades(() => undefined);
    await vi.waitFor(() => expect(WebSocket).toHaveBeenCalled());
    watch.stop();
    expect([fetch.mock.calls[0]?.[0], WebSocket.mock.calls[0]?.[0]]).toEqual([http, socket]);
  });

  it('may be relative to the page, where there is one', async () => {
    vi.stubGlobal('location', { href: 'https://example.org/app/index.html' });
    const fetch = answering(200, '{}', json);
    await createClient({ url: '/api' }).authenticate();
    await createClient({ url: '.' }).authenticate();
    expect(fetch.mock.calls.map(([url]) => url)).toEqual(['https://example.org/api/me', 'https://example.org/app/me']);
  });

  it('that is not a URL is refused at once, with a helpful message', () => {
    expect(() => createClient({ url: '/api' })).toThrow(/^createClient\(\{ url }\): "\/api" is not a URL; write it as/);
    expect(() => createClient({ url: 'http://localhost', socketUrl: 'ws://' })).toThrow(
      /^createClient\(\{ socketUrl }\)/,
    );
  });
});

describe('a client without WebSocket', () => {
  it('uses the global one, and says what to do if there is none', async () => {
    vi.stubGlobal('WebSocket', undefined);
    const client = createClient({ url: 'http://localhost' });
    expect(() => client.watchTrades(() => undefined)).toThrow(/^createClient\(\{ WebSocket }\): .* that of `ws`$/);
    const WebSocket = vi.fn();
    vi.stubGlobal('WebSocket', WebSocket);
    const watch = createClient({ url: 'http://localhost', token: 't' }).watchTrades(() => undefined);
    await vi.waitFor(() => expect(WebSocket).toHaveBeenCalled());
    watch.stop();
  });
});
