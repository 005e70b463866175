import { describe, expect, it } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { cheapHashing } from '../support/cheap-hashing.js';
import { AdvancingClock } from '../support/clock.js';
import { PASSWORD, session, somebody } from '../support/library-users.js';
import { type Client, connect } from '../support/sockets/socket-client.js';
import { serve } from '../support/sockets/socket-server.js';
import { altered, silent } from '../support/stores/altered.js';

const late = { email: 'late@example.org', username: 'late', name: 'Late', password: PASSWORD };

const codeOf = ({ closed }: Client): { code: number | undefined } => {
  const result: { code: number | undefined } = { code: undefined };
  void closed.then(code => {
    result.code = code;
  });
  return result;
};

describe('a login over a socket', () => {
  it('that has a session opens an additional one, whose token is for another socket; the socket keeps its own', async () => {
    const { url, tradepost } = await serve();
    const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
    const client = await connect(url, ann);
    const login = { username: bob.username, password: PASSWORD };
    const { token, session: more } = (await client.call('sessions.login', login)) as {
      token: string;
      session: { id: string };
    };
    expect(await client.call('users.me')).toMatchObject({ user: { id: ann.id }, session: { id: ann.sessionId } });
    const second = await connect(url, { token });
    expect(await second.call('users.me')).toMatchObject({ user: { id: bob.id }, session: { id: more.id } });
    await second.call('sessions.logout');
    expect(await second.closed).toBe(4401);
    expect(await client.call('users.me')).toMatchObject({ session: { id: ann.sessionId } });
  });

  it('returns the token and no cookie, whatever delivery it requests', async () => {
    const { url, tradepost } = await serve();
    const { username } = await somebody(tradepost);
    for (const delivery of [{}, { delivery: 'cookie' }, { delivery: 'token' }]) {
      const client = await connect(url);
      const answer = await client.call('sessions.login', { username, password: PASSWORD, ...delivery });
      expect(answer).toMatchObject({ token: expect.stringMatching(/^[\w-]{43}$/), user: { username } });
      expect(await client.call('users.me')).toMatchObject({ user: { username } });
    }
  });

  it('requested in time is waited for, however long its hash takes', async () => {
    const slow = altered(memory(), storage => {
      const find = storage.users.findAccount.bind(storage.users);
      storage.users.findAccount = async account => {
        await new Promise(resolve => setTimeout(resolve, 400));
        return find(account);
      };
      return storage;
    });
    const { url, tradepost } = await serve({ storage: slow, webSocket: { limits: { sessionPatience: 100 } } });
    const { username } = await somebody(tradepost);
    const [client, wrong] = [await connect(url), await connect(url)];
    const login = client.call('sessions.login', { username, password: PASSWORD });
    const refused = wrong.ask('sessions.login', { username, password: 'wrong horse' });
    expect(await login).toMatchObject({ user: { username } });
    expect(await client.call('users.me')).toMatchObject({ user: { username } });
    expect(await refused).toMatchObject({ error: { code: 401, data: { code: 'invalid_credentials' } } });
    expect(await wrong.closed).toBe(4408);
  });

  it('is refused with a time to wait if too many passwords wait to be hashed', async () => {
    const hashing = { ...cheapHashing, memoryCost: 65_536, timeCost: 3, inFlight: 1, waiting: 0, patience: 2000 };
    const { url, tradepost } = await serve({ tradepost: { hashing } });
    const { username } = await somebody(tradepost);
    const clients = await Promise.all(Array.from({ length: 5 }, () => connect(url)));
    const answers = await Promise.all(
      clients.map(client => client.ask('sessions.login', { username, password: PASSWORD })),
    );
    const refused = answers.flatMap(({ error }) => error ?? []);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(5);
    for (const error of refused) {
      expect(error).toMatchObject({ code: 503, data: { code: 'overloaded', status: 503, retryAfter: 2 } });
    }
    expect(await clients[0]?.call('rpc.ping')).toBeNull();
  });
});

// The store sends no signals: the end of the socket's own session must be noticed without them.
describe('the end of a session, over its own socket', () => {
  const ends: readonly [string, string, (sessionId: string) => object][] = [
    ['a logout', 'sessions.logout', () => ({})],
    ['its revocation', 'sessions.revoke', id => ({ id })],
    ['its revocation in capitals', 'sessions.revoke', id => ({ id: id.toUpperCase() })],
    ['the revocation of all', 'sessions.revokeAll', () => ({})],
  ];

  it.each(ends)('%s is answered, then the socket is closed, and nothing after it is carried out', async (...end) => {
    const [, method, params] = end;
    const { url, tradepost } = await serve({ storage: silent(memory()) });
    const ann = await somebody(tradepost);
    const client = await connect(url, ann);
    const ending = client.ask(method, params(ann.sessionId));
    const behind = client.ask('users.register', late);
    expect(await ending).toMatchObject({ result: null });
    await expect(behind).rejects.toThrow('closed with 4401');
    const login = tradepost.login({ username: 'late', password: PASSWORD });
    await expect(login).rejects.toMatchObject({ code: 'invalid_credentials' });
  });

  it('elsewhere, without a signal, is noticed at the next message: it is refused, and those after it are not read', async () => {
    const { url, tradepost } = await serve({ storage: silent(memory()) });
    const ann = await somebody(tradepost);
    const client = await connect(url, ann);
    await tradepost.logout({ token: ann.token });
    const first = client.ask('users.me');
    const behind = client.ask('users.register', late);
    expect(await first).toMatchObject({ error: { code: 401, data: { code: 'unauthenticated' } } });
    await expect(behind).rejects.toThrow('closed with 4401');
  });

  it('does not happen if other sessions end: their sockets are closed, this one stays open', async () => {
    const { url, tradepost } = await serve();
    const ann = await somebody(tradepost);
    const [second, third] = [await session(tradepost, ann.username), await session(tradepost, ann.username)];
    const [mine, another, a, b] = [
      await connect(url, ann),
      await connect(url, ann),
      await connect(url, second),
      await connect(url, third),
    ];
    await mine.call('sessions.revoke', { id: second.sessionId });
    expect(await a.closed).toBe(4401);
    await mine.call('sessions.revokeAll', { except: 'current' });
    expect(await b.closed).toBe(4401);
    await expect(mine.call('sessions.revoke', { id: third.sessionId })).rejects.toMatchObject({ code: 404 });
    for (const client of [mine, another]) expect(await client.call('users.me')).toMatchObject({ user: { id: ann.id } });
  });

  it('does not happen if the request is refused', async () => {
    const { url, tradepost } = await serve();
    const ann = await somebody(tradepost);
    const client = await connect(url, ann);
    for (const [method, params] of [
      ['sessions.logout', { all: true }],
      ['sessions.revokeAll', { except: 'me' }],
      ['sessions.revoke', { id: 'x' }],
    ] as const) {
      await expect(client.call(method, params)).rejects.toMatchObject({ code: -32602 });
    }
    expect(await client.call('users.me')).toMatchObject({ user: { id: ann.id } });
  });
});

/** After the clock was put forward, the check every 2 s finds the ended sessions. */
const AT_THE_NEXT_CHECK = { timeout: 5000, interval: 10 };

describe('time', () => {
  it('ends the sockets of the session whose lifetime is over, and no others', async () => {
    const clock = new AdvancingClock();
    const { url, tradepost } = await serve({ tradepost: { clock } });
    const ann = await somebody(tradepost);
    clock.advance(1800);
    const younger = await session(tradepost, ann.username);
    const [old, oldToo, young] = [await connect(url, ann), await connect(url, ann), await connect(url, younger)];
    const codes = [old, oldToo].map(codeOf);
    clock.advance(1800);
    await expect.poll(() => codes.map(({ code }) => code), AT_THE_NEXT_CHECK).toEqual([4401, 4401]);
    expect(await young.call('users.me')).toMatchObject({ session: { id: younger.sessionId } });
  });

  it('ends the sockets of an unused session; messages count as use, pings and notifications do not', async () => {
    const clock = new AdvancingClock();
    const { url, tradepost } = await serve({ tradepost: { clock, session: { idleTimeout: 60 } } });
    const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
    const [used, unused] = [await connect(url, ann), await connect(url, bob)];
    await unused.call('trades.watch');
    const end = codeOf(unused);
    clock.advance(50);
    await used.call('users.me');
    await unused.call('rpc.ping');
    unused.socket.ping();
    clock.advance(20);
    await expect.poll(() => end.code, AT_THE_NEXT_CHECK).toBe(4401);
    expect(await used.call('users.me')).toMatchObject({ user: { id: ann.id } });
  });
});
