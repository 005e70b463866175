import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type Client, createClient, type SessionChange, type TokenStore } from '../../src/adapters/client/index.js';
import { browser } from '../support/client/browser.js';
import { backoff, watching } from '../support/client/watching.js';
import { PASSWORD, session, somebody, trade } from '../support/library-users.js';
import { serve } from '../support/sockets/socket-server.js';

/** Records changes of the session as `opened` or `ended`, the latter with the code of the reason or null. */
function changesOf(client: Client): unknown[] {
  const changes: unknown[] = [];
  onTestFinished(
    client.onSession(change => void changes.push(change.state === 'opened' ? 'opened' : ['ended', reasonOf(change)])),
  );
  return changes;
}

const reasonOf = (change: SessionChange): string | null =>
  change.state === 'ended' && change.reason ? change.reason.code : null;

function storeOf(token: string | null, wait = async (): Promise<void> => undefined) {
  const calls: string[] = [];
  let stored = token;
  const store: TokenStore = {
    load: async () => {
      calls.push('load');
      await wait();
      return stored;
    },
    save: async token => {
      calls.push('save');
      await wait();
      stored = token;
    },
    clear: async () => {
      calls.push('clear');
      await wait();
      stored = null;
    },
  };
  return { store, calls, stored: () => stored };
}

describe('a listener for sessions', () => {
  it('is called after each login and logout of the client, with the token', async () => {
    const { origin, tradepost } = await serve();
    const { username } = await somebody(tradepost);
    const client = createClient({ url: origin });
    const changes: SessionChange[] = [];
    const end = client.onSession(change => void changes.push(change));
    const { token } = await client.login({ username, password: PASSWORD });
    await client.logout();
    expect(changes).toEqual([
      { state: 'opened', token },
      { state: 'ended', reason: null },
    ]);
    await client.login({ username, password: 'not the password' }).catch(() => undefined);
    end();
    await client.login({ username, password: PASSWORD });
    expect(changes).toHaveLength(2);
  });

  it('is called once when requests find that the session has ended elsewhere', async () => {
    const { origin, tradepost } = await serve();
    const { token } = await somebody(tradepost);
    const client = createClient({ url: origin, token });
    const changes = changesOf(client);
    await tradepost.revokeAllSessions({ token });
    const refused = [client.listCards(), client.authenticate(), client.logout()];
    expect((await Promise.allSettled(refused)).map(({ status }) => status)).toEqual(Array(3).fill('rejected'));
    await client.listTrades().catch(() => undefined);
    expect(changes).toEqual([['ended', 'unauthenticated']]);
  });

  it('is called once when a watch finds it, with a token and with a cookie', async () => {
    const { origin, tradepost } = await serve();
    const { username, token } = await somebody(tradepost);
    const { WebSocket } = browser(origin);
    for (const delivery of ['token', 'cookie'] as const) {
      const client = createClient({ url: origin, WebSocket, backoff });
      await client.login({ username, password: PASSWORD, delivery });
      const changes = changesOf(client);
      const watches = [watching(client), watching(client, { after: 't0' })];
      await Promise.all(watches.map(({ live }) => live()));
      await tradepost.revokeAllSessions({ token, except: 'current' });
      await vi.waitFor(() => expect(watches.map(({ ends }) => ends)).toEqual(Array(2).fill(['unauthenticated'])));
      await client.authenticate().catch(() => undefined);
      expect(changes, delivery).toEqual([['ended', 'unauthenticated']]);
      await client.login({ username, password: PASSWORD, delivery });
      expect(changes).toEqual([['ended', 'unauthenticated'], 'opened']);
    }
  });

  it('is not called where there was no session, nor for a watch of an earlier user', async () => {
    const { origin, tradepost } = await serve();
    const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
    const client = createClient({ url: origin, WebSocket, backoff });
    await client.login({ username: ann.username, password: PASSWORD });
    const { ends, live } = watching(client);
    await live();
    const changes = changesOf(client);
    await client.login({ username: bob.username, password: PASSWORD });
    await vi.waitFor(() => expect(ends).toEqual(['unauthenticated']));
    await client.logout();
    await client.authenticate().catch(() => undefined);
    watching(client);
    await new Promise(passed => setTimeout(passed, 50));
    expect(changes).toEqual(['opened', ['ended', null]]);
  });

  it('that throws does not break the login, and its error is not lost', async () => {
    const { origin, tradepost } = await serve();
    const { username } = await somebody(tradepost);
    const errors: unknown[] = [];
    const queue = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation(work => {
      try {
        work();
      } catch (error) {
        errors.push(error);
      }
    });
    onTestFinished(() => queue.mockRestore());
    const client = createClient({ url: origin });
    client.onSession(() => {
      throw new Error('of the application');
    });
    expect((await client.login({ username, password: PASSWORD })).token).toBe(client.token);
    await vi.waitFor(() => expect(errors).toEqual([new Error('of the application')]));
  });
});

describe('a store for tokens', () => {
  it('is loaded once, before the first request or watch', async () => {
    const { origin, tradepost } = await serve();
    const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
    const { store, calls } = storeOf(bob.token, () => new Promise(passed => setTimeout(passed, 20)));
    const client = createClient({ url: origin, WebSocket, tokenStore: store, backoff });
    expect(client.token).toBeNull();
    const { trades, live } = watching(client);
    const [me, cards] = await Promise.all([client.authenticate(), client.listCards()]);
    expect([me.user.id, cards.items, client.token]).toEqual([bob.id, [], bob.token]);
    await live();
    const id = await trade(tradepost, ann, bob);
    await vi.waitFor(() => expect(trades).toEqual([id]));
    expect(calls).toEqual(['load']);
  });

  it('gets the token of each login before the login is over, and is cleared at the logout', async () => {
    const { origin, tradepost } = await serve();
    const { username } = await somebody(tradepost);
    const { store, calls, stored } = storeOf(null, () => new Promise(passed => setTimeout(passed, 5)));
    const client = createClient({ url: origin, tokenStore: store });
    const { token } = await client.login({ username, password: PASSWORD });
    expect(stored()).toBe(token);
    expect((await createClient({ url: origin, tokenStore: store }).authenticate()).user.username).toBe(username);
    await client.logout();
    expect([stored(), calls]).toEqual([null, ['load', 'save', 'load', 'clear']]);
  });

  it('is cleared when the session has ended elsewhere, or is now a cookie', async () => {
    const { origin, tradepost } = await serve();
    const { username, token } = await somebody(tradepost);
    const { token: own } = await session(tradepost, username);
    const { store, stored } = storeOf(own);
    const client = createClient({ url: origin, tokenStore: store });
    await client.authenticate();
    await tradepost.revokeAllSessions({ token, except: 'current' });
    expect(stored()).toBe(own);
    await expect(client.authenticate()).rejects.toMatchObject({ code: 'unauthenticated' });
    await vi.waitFor(() => expect(stored()).toBeNull());
    await client.login({ username, password: PASSWORD });
    expect(stored()).not.toBeNull();
    browser(origin);
    await client.login({ username, password: PASSWORD, delivery: 'cookie' });
    expect(stored()).toBeNull();
  });

  it('may be as simple as that of a browser, is not loaded where there is a token, and leaves cookies alone', async () => {
    const { origin, tradepost } = await serve();
    const { username, token } = await somebody(tradepost);
    const kept = new Map<string, string>();
    const tokenStore: TokenStore = {
      load: () => kept.get('token') ?? null,
      save: token => void kept.set('token', token),
      clear: () => void kept.delete('token'),
    };
    const { cookies } = browser(origin);
    await createClient({ url: origin }).login({ username, password: PASSWORD, delivery: 'cookie' });
    expect(cookies.size).toBe(1);
    const client = createClient({ url: origin, tokenStore });
    await expect(client.authenticate()).rejects.toMatchObject({ code: 'unauthenticated' });
    await client.login({ username, password: PASSWORD });
    expect(kept.get('token')).toBe(client.token);
    kept.set('token', 'another');
    expect((await createClient({ url: origin, token, tokenStore }).authenticate()).user.username).toBe(username);
  });

  it('that fails to load leaves the client without a session', async () => {
    const { origin } = await serve();
    const errors: unknown[] = [];
    const queue = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation(work => {
      try {
        work();
      } catch (error) {
        errors.push(error);
      }
    });
    onTestFinished(() => queue.mockRestore());
    const load = () => Promise.reject(new Error('no storage'));
    const client = createClient({ url: origin, tokenStore: { load, save: () => undefined, clear: () => undefined } });
    await expect(client.authenticate()).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(errors).toEqual([new Error('no storage')]);
  });
});

describe('a signal', () => {
  it('ends a call with its reason: before it is sent, or while it waits for an answer', async () => {
    const { origin, tradepost, server } = await serve();
    const { token } = await somebody(tradepost);
    const requests = vi.fn();
    server.on('request', requests);
    const client = createClient({ url: origin, token });
    const reason = new Error('no longer needed');
    await expect(client.listTrades({}, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(requests).not.toHaveBeenCalled();

    vi.spyOn(tradepost.useCases.authenticate, 'execute').mockReturnValue(new Promise(() => undefined));
    const controller = new AbortController();
    const closed = new Promise(settle => {
      server.once('request', (_request, response) => {
        response.once('close', () => settle(response.writableEnded));
        controller.abort(reason);
      });
    });
    await expect(client.authenticate(undefined, { signal: controller.signal })).rejects.toBe(reason);
    // The server sees that the client is gone.
    expect(await closed).toBe(false);
  });

  it('that is aborted after the answer changes nothing', async () => {
    const { origin, tradepost } = await serve();
    const { token } = await somebody(tradepost);
    const controller = new AbortController();
    const client = createClient({ url: origin, token });
    const card = await client.addCard({ name: 'Ace' }, { signal: controller.signal });
    controller.abort();
    expect((await client.listCards()).items).toEqual([card]);
  });

  it('stops a watch, and one that is aborted before starts none', async () => {
    const { origin, tradepost, sockets } = await serve();
    const { token } = await somebody(tradepost);
    const client = createClient({ url: origin, token, WebSocket });
    const controller = new AbortController();
    const { watch, live } = watching(client, { signal: controller.signal });
    await live();
    controller.abort();
    expect(watch.state).toBe('ended');
    await vi.waitFor(() => expect(sockets.size).toBe(0));
    const onState = vi.fn();
    const never = client.watchTrades(() => undefined, { signal: controller.signal, onState });
    expect(onState).not.toHaveBeenCalled();
    await vi.waitFor(() => expect(onState.mock.calls).toEqual([['ended', null]]));
    expect([never.state, sockets.size]).toEqual(['ended', 0]);
  });
});

describe('headers and fetch', () => {
  it('of the application go with every HTTP request, and do not replace those of the client', async () => {
    const { origin, tradepost, server } = await serve();
    const { token } = await somebody(tradepost);
    const seen: unknown[] = [];
    server.prependListener('request', ({ headers }) =>
      seen.push([headers['x-tenant'], headers.authorization, headers['content-type']]),
    );
    let turn = 0;
    const client = createClient({
      url: origin,
      token,
      headers: () => {
        turn += 1;
        return { 'X-Tenant': `t${turn}`, Authorization: 'Bearer of the application', 'Content-Type': 'text/plain' };
      },
    });
    await client.authenticate();
    await client.addCard({ name: 'Ace' });
    await createClient({ url: origin, token, headers: { 'x-tenant': 'fixed' } }).authenticate();
    const authorization = `Bearer ${token}`;
    expect(seen).toEqual([
      ['t1', authorization, 'text/plain'],
      ['t2', authorization, 'application/json'],
      ['fixed', authorization, undefined],
    ]);
  });

  it('are used for HTTP alone; in Node a WebSocket of the application can add headers', async () => {
    const { origin, tradepost, server } = await serve();
    const { token } = await somebody(tradepost);
    const upgrades: unknown[] = [];
    server.prependListener('upgrade', ({ headers }) => upgrades.push(headers['x-tenant']));
    class TenantSocket extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url, protocols, { headers: { 'x-tenant': 'of the socket' } });
      }
    }
    for (const Own of [WebSocket, TenantSocket]) {
      const client = createClient({ url: origin, token, WebSocket: Own, headers: { 'x-tenant': 't' } });
      await watching(client).live();
    }
    expect(upgrades).toEqual([undefined, 'of the socket']);
  });

  it('`fetch` is called as a function, because that of a browser refuses to be a method', async () => {
    const { origin, tradepost } = await serve();
    const { token } = await somebody(tradepost);
    const receivers: unknown[] = [];
    async function ownFetch(this: unknown, url: string, init: RequestInit): Promise<Response> {
      receivers.push(this);
      return fetch(url, init);
    }
    await createClient({ url: origin, token, fetch: ownFetch }).authenticate();
    expect(receivers).toEqual([undefined]);
  });
});
