import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createClient } from '../../src/adapters/client/index.js';
import { fakeNetwork, soon } from './fake-socket.js';

interface Asked {
  readonly path: string;
  readonly credentials: string | undefined;
  readonly authorization: string | undefined;
  answer(status: number, body?: object): Promise<unknown>;
}

/** HTTP requests, answered when the test says so. */
let asked: Asked[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  const ask = (url: string, init: RequestInit) =>
    new Promise<Response>(resolve => {
      asked.push({
        path: new URL(url).pathname,
        credentials: init.credentials,
        authorization: new Headers(init.headers).get('authorization') ?? undefined,
        answer: (status, body) => {
          const type = status < 400 ? 'application/json' : 'application/problem+json';
          const text = body === undefined ? null : JSON.stringify(body);
          resolve(new Response(text, { status, headers: { 'content-type': type } }));
          return soon();
        },
      });
    });
  vi.stubGlobal('fetch', ask);
});
afterEach(async () => {
  await vi.advanceTimersByTimeAsync(1000);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const loggedOut = { code: 'unauthenticated', detail: 'no session' };

function watchingAs(token?: string) {
  const network = fakeNetwork();
  const given = token === undefined ? {} : { token };
  const client = createClient({ url: 'http://host', ...given, WebSocket: network.WebSocket, backoff: () => 100 });
  const [trades, ends]: [string[], string[]] = [[], []];
  const watch = client.watchTrades((_trade, cursor) => void trades.push(cursor), {
    onEnd: ({ code, message }) => ends.push(`${code}: ${message}`),
  });
  return { network, client, watch, trades, ends };
}

const request = (path: string): Asked => {
  const found = asked.findLast(each => each.path === path);
  if (!found) throw new Error(`nothing asked ${path}`);
  return found;
};

describe('a watch with a token', () => {
  it('goes on with the session of a new login, at once and behind the last trade', async () => {
    const { network, client, watch, trades } = watchingAs('old');
    await soon();
    await network.socket.goLive('t1');
    network.socket.tell(2);
    const login = client.login({ username: 'ann', password: 'p' });
    await request('/login').answer(200, { user: { id: 'ann' }, token: 'new' });
    await login;
    await soon();
    expect(request('/login')).toMatchObject({ credentials: 'omit', authorization: undefined });
    expect(client.token).toBe('new');
    expect(network.sockets.map(({ isOver }) => isOver)).toEqual([true, false]);
    await network.socket.goLive('t2');
    expect(network.socket.last('sessions.resume')?.params).toEqual({ token: 'new' });
    expect(network.socket.last('trades.watch')?.params).toEqual({ after: 't2' });
    network.socket.tell(3);
    await soon();
    expect(trades).toEqual(['t2', 't3']);
    watch.stop();
  });

  it('waits no longer when there is a new login', async () => {
    const { network, client, watch } = watchingAs('old');
    await soon();
    network.socket.end(1013);
    await soon();
    expect(watch.state).toBe('waiting');
    const login = client.login({ username: 'ann', password: 'p' });
    await request('/login').answer(200, { token: 'new' });
    await login;
    expect(network.sockets).toHaveLength(2);
    watch.stop();
  });

  it('goes on where its session ended while a login was under way', async () => {
    const { network, client, watch, ends } = watchingAs('old');
    await soon();
    await network.socket.goLive('t1');
    const login = client.login({ username: 'ann', password: 'p' });
    network.socket.end(4401);
    await soon();
    await request('/login').answer(200, { token: 'new' });
    await login;
    await network.socket.goLive('t1');
    expect([watch.state, ends]).toEqual(['live', []]);
    watch.stop();
  });

  it('ends where the login under way fails', async () => {
    const { network, client, ends } = watchingAs('old');
    await soon();
    await network.socket.goLive('t1');
    const login = client.login({ username: 'ann', password: 'p' }).catch(({ code }) => code);
    network.socket.end(4401);
    await request('/login').answer(401, { code: 'invalid_credentials', detail: 'no match' });
    expect(await login).toBe('invalid_credentials');
    expect(ends).toEqual(['unauthenticated: The session ended. Log in and watch anew.']);
    expect(client.token).toBe('old');
  });

  it('ends when another user logs in, and hands over none of theirs', async () => {
    const { network, client, trades, ends } = watchingAs('of ann');
    await soon();
    await network.socket.goLive('t1', 'ann');
    const login = client.login({ username: 'bob', password: 'p' });
    await request('/login').answer(200, { token: 'of bob' });
    await login;
    await soon();
    const before = network.socket;
    before.open();
    before.answer('sessions.resume', { user: { id: 'bob' } });
    await soon();
    expect(before.last('trades.watch')).toBeUndefined();
    expect([before.isOver, trades, ends]).toEqual([
      true,
      [],
      ['unauthenticated: The client is logged in as another user now. Watch anew.'],
    ]);
  });

  it('does not share a socket with one that another user began', async () => {
    const { network, client, watch } = watchingAs('of ann');
    await soon();
    await network.socket.goLive('t1', 'ann');
    const login = client.login({ username: 'bob', password: 'p' });
    await request('/login').answer(200, { token: 'of bob' });
    await login;
    const bobs = client.watchTrades(() => undefined, { after: 't1' });
    await soon();
    expect(network.sockets).toHaveLength(3);
    for (const socket of network.sockets.slice(1)) await socket.goLive('t1', 'bob');
    expect([watch.state, bobs.state]).toEqual(['ended', 'live']);
    bobs.stop();
  });

  it('ends with the logout, whichever comes first: its answer or the closing', async () => {
    for (const closedFirst of [true, false]) {
      const { network, client, ends } = watchingAs('of ann');
      await soon();
      await network.socket.goLive('t1');
      const logout = client.logout();
      if (closedFirst) network.socket.end(4401);
      await request('/logout').answer(204);
      await logout;
      if (!closedFirst) network.socket.end(4401);
      await soon();
      expect(client.token).toBeNull();
      expect(ends).toEqual(['unauthenticated: There is no session. Log in and watch anew.']);
      expect(network.sockets).toHaveLength(1);
      asked = [];
    }
    // Nor is a cookie of somebody's taken for the session from then on.
    const { client, watch } = watchingAs('of ann');
    watch.stop();
    void client.logout();
    await request('/logout').answer(204);
    void client.authenticate().catch(() => undefined);
    expect(request('/me')).toMatchObject({ credentials: 'omit', authorization: undefined });
  });
});

describe('a watch with a cookie', () => {
  it('asks over HTTP first, for a browser does not say why a handshake was refused', async () => {
    const { network, watch, ends } = watchingAs();
    await soon();
    expect(network.sockets).toHaveLength(0);
    expect(request('/me')).toMatchObject({ credentials: 'include', authorization: undefined });
    await request('/me').answer(200, { user: { id: 'ann' } });
    expect(network.socket.url).toBe('ws://host/ws');
    await network.socket.goLive('t1');
    expect(network.socket.calls.map(({ method }) => method)).toEqual(['users.me', 'trades.watch']);
    network.socket.end(4401);
    await vi.advanceTimersByTimeAsync(100);
    expect(watch.state).toBe('connecting');
    await request('/me').answer(401, loggedOut);
    expect([watch.state, ends, network.sockets.length]).toEqual(['ended', ['unauthenticated: no session'], 1]);
  });

  it('goes on where another window has logged in anew, and ends where that was somebody else', async () => {
    const { network, ends, trades } = watchingAs();
    await soon();
    await request('/me').answer(200, { user: { id: 'ann' } });
    await network.socket.goLive('t1');
    network.socket.end(4401);
    await vi.advanceTimersByTimeAsync(100);
    await request('/me').answer(200, { user: { id: 'ann' } });
    // Between the two questions the cookie became somebody else's.
    await network.socket.goLive('t1', 'bob');
    expect(network.socket.last('trades.watch')).toBeUndefined();
    await vi.advanceTimersByTimeAsync(100);
    await request('/me').answer(200, { user: { id: 'bob' } });
    expect(ends).toEqual(['unauthenticated: The client is logged in as another user now. Watch anew.']);
    expect([network.sockets.length, trades]).toEqual([2, []]);
  });

  it('tries again where HTTP does not answer either', async () => {
    const { network, watch, ends } = watchingAs();
    await soon();
    await request('/me').answer(503, { code: 'storage_unavailable', detail: 'down' });
    expect(watch.state).toBe('waiting');
    await vi.advanceTimersByTimeAsync(100);
    await request('/me').answer(200, { user: { id: 'ann' } });
    await network.socket.goLive('t1');
    expect([watch.state, ends]).toEqual(['live', []]);
    watch.stop();
  });

  it('goes on with the session of a login that takes the place of its own', async () => {
    const { network, client, watch, ends } = watchingAs();
    await soon();
    await request('/me').answer(200, { user: { id: 'ann' } });
    await network.socket.goLive('t1');
    const login = client.login({ username: 'ann', password: 'p', delivery: 'cookie' });
    network.socket.end(4401);
    await soon();
    expect(request('/login')).toMatchObject({ credentials: 'include' });
    await request('/login').answer(200, { user: { id: 'ann' } });
    await login;
    await soon();
    expect(client.token).toBeNull();
    await request('/me').answer(200, { user: { id: 'ann' } });
    await network.socket.goLive('t1');
    expect([watch.state, ends, network.sockets.length]).toEqual(['live', [], 2]);
    watch.stop();
  });

  it('opens no socket where it was stopped while HTTP was asked', async () => {
    const { network, watch } = watchingAs();
    await soon();
    watch.stop();
    await request('/me').answer(200, { user: { id: 'ann' } });
    expect(network.sockets).toHaveLength(0);
  });

  it('becomes one with a token at a login that asks for one', async () => {
    const { network, client, watch } = watchingAs();
    await soon();
    const login = client.login({ username: 'ann', password: 'p' });
    await request('/login').answer(200, { token: 'new' });
    await login;
    // What was asked with the cookie is answered, and no socket is opened with it.
    await request('/me').answer(200, { user: { id: 'bob' } });
    expect(network.sockets).toHaveLength(1);
    expect(network.socket.url).toBe('ws://host/ws?cookie=ignore');
    await network.socket.goLive('t1', 'ann');
    expect(watch.state).toBe('live');
    watch.stop();
  });
});
