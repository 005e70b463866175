import { describe, expect, it } from 'vitest';
import { requestOf, useFakeHttp } from '../support/client/fake-http.js';
import { soon } from '../support/client/fake-socket.js';
import { fakeWatching, useFakeTime } from '../support/client/fake-watching.js';

useFakeTime();
useFakeHttp();

describe('a watch with a token', () => {
  it('continues at once with the session of a new login, after the last trade', async () => {
    const { network, client, watch, trades } = await fakeWatching({ token: 'old' });
    await network.socket.goLive('t1');
    network.socket.tell(2);
    const login = client.login({ username: 'ann', password: 'p' });
    await requestOf('/login').answer(200, { user: { id: 'ann' }, token: 'new' });
    await login;
    await soon();
    expect(requestOf('/login')).toMatchObject({ credentials: 'omit', authorization: undefined });
    expect(client.token).toBe('new');
    expect(network.sockets.map(({ isOver }) => isOver)).toEqual([true, false]);
    await network.socket.goLive('t2');
    expect(network.socket.last('sessions.resume')?.params).toEqual({ token: 'new' });
    expect(network.socket.last('trades.watch')?.params).toEqual({ after: 't2' });
    network.socket.tell(3);
    await soon();
    expect(trades).toEqual(['trade 2', 'trade 3']);
    watch.stop();
  });

  it('stops waiting when there is a new login', async () => {
    const { network, client, watch } = await fakeWatching({ token: 'old' });
    network.socket.end(1013);
    await soon();
    expect(watch.state).toBe('waiting');
    const login = client.login({ username: 'ann', password: 'p' });
    await requestOf('/login').answer(200, { token: 'new' });
    await login;
    expect(network.sockets).toHaveLength(2);
    watch.stop();
  });

  it('continues if its session ended during a login', async () => {
    const { network, client, watch, ends } = await fakeWatching({ token: 'old' });
    await network.socket.goLive('t1');
    const login = client.login({ username: 'ann', password: 'p' });
    network.socket.end(4401);
    await soon();
    await requestOf('/login').answer(200, { token: 'new' });
    await login;
    await network.socket.goLive('t1');
    expect([watch.state, ends]).toEqual(['live', []]);
    watch.stop();
  });

  it('ends if that login fails', async () => {
    const { network, client, ends } = await fakeWatching({ token: 'old' });
    await network.socket.goLive('t1');
    const login = client.login({ username: 'ann', password: 'p' }).catch(({ code }) => code);
    network.socket.end(4401);
    await requestOf('/login').answer(401, { code: 'invalid_credentials', detail: 'no match' });
    expect(await login).toBe('invalid_credentials');
    expect(ends).toEqual(['unauthenticated: The session ended. Log in and start a new watch.']);
    expect(client.token).toBe('old');
  });

  it('ends when another user logs in, and delivers none of their trades', async () => {
    const { network, client, trades, ends } = await fakeWatching({ token: 'of ann' });
    await network.socket.goLive('t1', 'ann');
    const login = client.login({ username: 'bob', password: 'p' });
    await requestOf('/login').answer(200, { token: 'of bob' });
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
      ['unauthenticated: The client is now logged in as another user. Start a new watch.'],
    ]);
  });

  it('does not share a socket with a watch of another user', async () => {
    const { network, client, watch } = await fakeWatching({ token: 'of ann' });
    await network.socket.goLive('t1', 'ann');
    const login = client.login({ username: 'bob', password: 'p' });
    await requestOf('/login').answer(200, { token: 'of bob' });
    await login;
    const bobs = client.watchTrades(() => undefined, { after: 't1' });
    await soon();
    expect(network.sockets).toHaveLength(3);
    // Whichever comes first: the feeds have the same cursor but different users, so they are not united.
    for (const socket of network.sockets.slice(1).reverse()) await socket.goLive('t1', 'bob');
    expect([watch.state, bobs.state]).toEqual(['ended', 'live']);
    bobs.stop();
  });

  it('ends with the logout, whichever comes first: its answer or the closing', async () => {
    for (const closedFirst of [true, false]) {
      const { network, client, ends } = await fakeWatching({ token: 'of ann' });
      await network.socket.goLive('t1');
      const logout = client.logout();
      if (closedFirst) network.socket.end(4401);
      await requestOf('/logout').answer(204);
      await logout;
      if (!closedFirst) network.socket.end(4401);
      await soon();
      expect(client.token).toBeNull();
      expect(ends).toEqual(['unauthenticated: There is no session. Log in and start a new watch.']);
      expect(network.sockets).toHaveLength(1);
    }
    // From then on another user's cookie must not be used either.
    const { client, watch } = await fakeWatching();
    watch.stop();
    void client.logout();
    await requestOf('/logout').answer(204);
    void client.authenticate().catch(() => undefined);
    expect(requestOf('/me')).toMatchObject({ credentials: 'omit', authorization: undefined });
  });
});
