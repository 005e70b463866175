import { describe, expect, it } from 'vitest';
import { parseEmailAddress, parseIpAddress, parsePassword, parsePersonName, parseUsername } from '../../src/index.js';
import { systemModule } from '../../src/main/modules.js';
import { wire } from '../support/wire.js';

const unauthenticated = expect.objectContaining({ code: 'unauthenticated' });

describe('a session', () => {
  it('is valid until its lifetime is over, no matter how often it is used', async () => {
    const app = await wire();
    await app.register('ann');
    const { token } = await app.logIn('ann');
    for (let minute = 0; minute < 59; minute += 1) {
      await app.callerOf(token);
      app.clock.advance(60);
    }
    app.clock.advance(59.999);
    await app.callerOf(token);
    app.clock.advance(0.001);
    await expect(app.callerOf(token)).rejects.toEqual(unauthenticated);
  });

  it('stays live if it is used within the idle timeout, and ends otherwise', async () => {
    const app = await wire({ session: { lifetime: 3600, idleTimeout: 300 } });
    await app.register('ann');
    const { token } = await app.logIn('ann');
    for (let use = 0; use < 5; use += 1) {
      app.clock.advance(299);
      await app.callerOf(token);
    }
    app.clock.advance(300);
    await expect(app.callerOf(token)).rejects.toEqual(unauthenticated);
  });

  it('that expired is not listed and is deleted by the sweep', async () => {
    const app = await wire();
    await app.register('ann');
    await app.logIn('ann');
    app.clock.advance(3600);
    const { token } = await app.logIn('ann');
    const caller = await app.callerOf(token);
    expect((await app.listSessions.execute({ caller, limit: 50, after: null })).items).toHaveLength(1);
    expect(await app.sweep.execute()).toEqual({ sessions: 1, idempotencyRecords: 0, attempts: 0 });
    expect(await app.sweep.execute()).toEqual({ sessions: 0, idempotencyRecords: 0, attempts: 0 });
    await app.callerOf(token);
  });

  it('replaces the one the login names', async () => {
    const app = await wire();
    await app.register('ann');
    const [first, kept] = [await app.logIn('ann'), await app.logIn('ann')];
    const second = await app.logIn('ann', first.token);
    await expect(app.callerOf(first.token)).rejects.toEqual(unauthenticated);
    await app.callerOf(kept.token);
    await app.callerOf(second.token);
  });

  it('is marked as current only in its own list', async () => {
    const app = await wire();
    await app.register('ann');
    const [first, second] = [await app.logIn('ann'), await app.logIn('ann')];
    const { items } = await app.listSessions.execute({
      caller: await app.callerOf(first.token),
      limit: 50,
      after: null,
    });
    expect(items.map(({ id, current }) => [id, current])).toEqual([
      [second.session.id, false],
      [first.session.id, true],
    ]);
  });
});

describe('the sessions of a user', () => {
  it('are at most as many as configured: a login ends the one that was last used the longest ago', async () => {
    const app = await wire({ session: { maxPerUser: 3 } });
    await app.register('ann');
    await app.register('bob');
    const bystander = await app.logIn('bob');
    const [used, unused, latest] = [await app.logIn('ann'), await app.logIn('ann'), await app.logIn('ann')];
    app.clock.advance(60);
    await app.callerOf(used.token);
    const fourth = await app.logIn('ann');
    await expect(app.callerOf(unused.token)).rejects.toEqual(unauthenticated);
    for (const { token } of [used, latest, fourth, bystander]) await app.callerOf(token);
  });

  it('are 100 if nothing is configured', async () => {
    const app = await wire();
    await app.register('ann');
    const tokens: string[] = [];
    for (let login = 0; login < 101; login += 1) tokens.push((await app.logIn('ann')).token);
    await expect(app.callerOf(tokens[0] ?? '')).rejects.toEqual(unauthenticated);
    for (const token of tokens.slice(1)) await app.callerOf(token);
  });

  it('that expired make no other session end', async () => {
    const app = await wire({ session: { maxPerUser: 2 } });
    await app.register('ann');
    await app.logIn('ann');
    app.clock.advance(3500);
    const first = await app.logIn('ann');
    app.clock.advance(100);
    await app.logIn('ann');
    await app.callerOf(first.token);
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('cannot be limited to %s', maxPerUser => {
    expect(() => systemModule({ session: { maxPerUser } })).toThrow('session.maxPerUser must be a whole number from 1');
  });

  it('are listed in pages', async () => {
    const app = await wire();
    await app.register('ann');
    const opened = [];
    for (let login = 0; login < 5; login += 1) opened.unshift(await app.logIn('ann'));
    const [newest] = opened;
    const caller = await app.callerOf(newest?.token ?? '');
    const ids: string[] = [];
    const sizes: number[] = [];
    for (let after: string | null = null, first = true; first || after !== null; first = false) {
      const page = await app.listSessions.execute({ caller, limit: 2, after });
      ids.push(...page.items.map(({ id }) => id));
      sizes.push(page.items.length);
      after = page.next;
    }
    expect(ids).toEqual(opened.map(({ session }) => session.id));
    expect(sizes).toEqual([2, 2, 1]);
    const whole = await app.listSessions.execute({ caller, limit: 5, after: null });
    expect([whole.items.length, whole.next]).toEqual([5, null]);
  });
});

describe('tokens', () => {
  it('are 43 characters, unique, and stored only as digests', async () => {
    const app = await wire();
    await app.register('ann');
    const tokens = new Set<string>();
    for (let login = 0; login < 20; login += 1) tokens.add((await app.logIn('ann')).token);
    expect(tokens.size).toBe(20);
    for (const token of tokens) {
      expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
      await expect(app.callerOf(app.tokens.digest(token) ?? '')).rejects.toEqual(unauthenticated);
    }
  });

  it.each(['', 'token', 'x'.repeat(42), 'x'.repeat(44), `${'x'.repeat(42)}!`, '__proto__', 'x'.repeat(4096)])(
    '%j is refused without a query',
    async token => {
      const app = await wire();
      app.storage.sessions.use = () => Promise.reject(new Error('queried the store'));
      await expect(app.authenticate.execute({ token })).rejects.toEqual(unauthenticated);
      await expect(app.authenticate.execute({ token: null })).rejects.toEqual(unauthenticated);
    },
  );
});

describe('hashing a password', () => {
  it('is work for the network of the client', async () => {
    const clients: unknown[] = [];
    const app = await wire({
      hasher: {
        hash: async (_password, client) => {
          clients.push(client);
          return 'a hash';
        },
        verify: async (_password, _hash, client) => {
          clients.push(client);
          return { matches: true, outdated: true };
        },
      },
    });
    const networks: unknown[] = [];
    for (const [index, text] of ['192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1', '2001:db8::2:1', null].entries()) {
      const address = text === null ? null : parseIpAddress(text);
      const [username, password] = [parseUsername(`user${index}`), parsePassword('correct horse')];
      const email = parseEmailAddress(`${username}@example.org`);
      await app.registerUser.execute({ email, username, name: parsePersonName('Ann'), password, address });
      await app.login.execute({ account: { email }, password, address, userAgent: null, replaces: null });
      // For the account, for the comparison, and for the stronger hash.
      expect(clients).toHaveLength(3);
      expect(new Set(clients).size).toBe(1);
      networks.push(clients[0]);
      clients.length = 0;
    }
    const [ipv4, mapped, ipv6, sameNetwork, unknown] = networks;
    expect([mapped, sameNetwork, unknown]).toEqual([ipv4, ipv6, null]);
    expect(new Set(networks).size).toBe(3);
  });
});

describe('logging in', () => {
  it('gives the same error for an unknown account and a wrong password', async () => {
    const app = await wire();
    await app.register('ann');
    const attempt = (username: string, password: string) =>
      app.login
        .execute({
          account: { username: parseUsername(username) },
          password: parsePassword(password),
          userAgent: null,
          replaces: null,
        })
        .catch((error: Error) => ({ ...error, message: error.message }));
    expect(await attempt('ann', 'wrong horse')).toEqual(await attempt('nobody', 'wrong horse'));
    expect(await attempt('ann', 'wrong horse')).toMatchObject({ code: 'invalid_credentials' });
  });
});
