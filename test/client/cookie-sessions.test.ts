import { describe, expect, it, vi } from 'vitest';
import { requestOf, useFakeHttp } from '../support/client/fake-http.js';
import { soon } from '../support/client/fake-socket.js';
import { BACKOFF, fakeWatching, useFakeTime } from '../support/client/fake-watching.js';

useFakeTime();
useFakeHttp();

const loggedOut = { code: 'unauthenticated', detail: 'no session' };

describe('a watch with a cookie', () => {
  it('asks over HTTP first, because a browser hides why a handshake was refused', async () => {
    const { network, watch, ends } = await fakeWatching({ token: null });
    expect(network.sockets).toHaveLength(0);
    expect(requestOf('/me')).toMatchObject({ credentials: 'include', authorization: undefined });
    await requestOf('/me').answer(200, { user: { id: 'ann' } });
    expect(network.socket.url).toBe('wss://cards.example.org/ws');
    await network.socket.goLive('t1');
    expect(network.socket.calls.map(({ method }) => method)).toEqual(['users.me', 'trades.watch']);
    network.socket.end(4401);
    await vi.advanceTimersByTimeAsync(BACKOFF);
    expect(watch.state).toBe('connecting');
    await requestOf('/me').answer(401, loggedOut);
    expect([watch.state, ends, network.sockets.length]).toEqual(['ended', ['unauthenticated: no session'], 1]);
  });

  it('does not wait before it finds out that the session has ended', async () => {
    const { network, states, ends } = await fakeWatching({ token: null });
    await requestOf('/me').answer(200, { user: { id: 'ann' } });
    await network.socket.goLive('t1');
    network.socket.end(4401);
    await soon();
    await requestOf('/me').answer(401, loggedOut);
    expect([states, ends]).toEqual([['connecting', 'live', 'connecting', 'ended'], ['unauthenticated: no session']]);
  });

  it('waits if the next socket ends in the same way without becoming live', async () => {
    const { network, watch, states } = await fakeWatching({ token: null });
    await requestOf('/me').answer(200, { user: { id: 'ann' } });
    await network.socket.goLive('t1');
    network.socket.end(4401);
    await soon();
    await requestOf('/me').answer(200, { user: { id: 'ann' } });
    network.socket.end(4401);
    await soon();
    expect(states).toEqual(['connecting', 'live', 'connecting', 'waiting']);
    watch.stop();
  });

  it('continues if another window has logged in again, and ends if that was another user', async () => {
    const { network, ends, trades } = await fakeWatching({ token: null });
    await requestOf('/me').answer(200, { user: { id: 'ann' } });
    await network.socket.goLive('t1');
    network.socket.end(4401);
    await vi.advanceTimersByTimeAsync(BACKOFF);
    await requestOf('/me').answer(200, { user: { id: 'ann' } });
    // Between the two requests the cookie became another user's.
    await network.socket.goLive('t1', 'bob');
    expect(network.socket.last('trades.watch')).toBeUndefined();
    await vi.advanceTimersByTimeAsync(BACKOFF);
    await requestOf('/me').answer(200, { user: { id: 'bob' } });
    expect(ends).toEqual(['unauthenticated: The client is now logged in as another user. Start a new watch.']);
    expect([network.sockets.length, trades]).toEqual([2, []]);
  });

  it('tries again if HTTP does not answer either', async () => {
    const { network, watch, ends } = await fakeWatching({ token: null });
    await requestOf('/me').answer(503, { code: 'storage_unavailable', detail: 'down' });
    expect(watch.state).toBe('waiting');
    await vi.advanceTimersByTimeAsync(BACKOFF);
    await requestOf('/me').answer(200, { user: { id: 'ann' } });
    await network.socket.goLive('t1');
    expect([watch.state, ends]).toEqual(['live', []]);
    watch.stop();
  });

  it('continues with the session of a login that replaces its own', async () => {
    const { network, client, watch, ends } = await fakeWatching({ token: null });
    await requestOf('/me').answer(200, { user: { id: 'ann' } });
    await network.socket.goLive('t1');
    const login = client.login({ username: 'ann', password: 'p', delivery: 'cookie' });
    network.socket.end(4401);
    await soon();
    expect(requestOf('/login')).toMatchObject({ credentials: 'include' });
    await requestOf('/login').answer(200, { user: { id: 'ann' } });
    await login;
    await soon();
    expect(client.token).toBeNull();
    await requestOf('/me').answer(200, { user: { id: 'ann' } });
    await network.socket.goLive('t1');
    expect([watch.state, ends, network.sockets.length]).toEqual(['live', [], 2]);
    watch.stop();
  });

  it('opens no socket if it was stopped during the request over HTTP', async () => {
    const { network, watch } = await fakeWatching({ token: null });
    watch.stop();
    await requestOf('/me').answer(200, { user: { id: 'ann' } });
    expect(network.sockets).toHaveLength(0);
  });

  it('becomes one with a token at a login that requests a token', async () => {
    const { network, client, watch } = await fakeWatching({ token: null });
    const login = client.login({ username: 'ann', password: 'p' });
    await requestOf('/login').answer(200, { token: 'new' });
    await login;
    // The request with the cookie is answered, but no socket is opened with that cookie.
    await requestOf('/me').answer(200, { user: { id: 'bob' } });
    expect(network.sockets).toHaveLength(1);
    expect(network.socket.url).toBe('wss://cards.example.org/ws?cookie=ignore');
    await network.socket.goLive('t1', 'ann');
    expect(watch.state).toBe('live');
    watch.stop();
  });
});
