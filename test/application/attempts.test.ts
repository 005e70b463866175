import { describe, expect, it } from 'vitest';
import type { PasswordHasher } from '../../src/index.js';
import {
  DEFAULT_ATTEMPT_POLICY,
  InvalidCredentials,
  Overloaded,
  parseEmailAddress,
  parseIpAddress,
  parsePassword,
  parsePersonName,
  parseUsername,
  RateLimited,
  StorageUnavailable,
} from '../../src/index.js';
import { wire } from '../support/wire.js';

const RIGHT = parsePassword('correct horse');
const WRONG = parsePassword('wrong horse');

/** Compares texts. `plan` has an error for each call that is to fail with it. */
class PlainHasher implements PasswordHasher {
  verified = 0;
  readonly plan: (Error | null)[] = [];

  async hash(password: string): Promise<string> {
    return password;
  }

  async verify(password: string, hash: string | null) {
    this.verified += 1;
    // A real hash takes time, in which other attempts begin.
    await new Promise(resolve => setImmediate(resolve));
    const failure = this.plan.shift();
    if (failure) throw failure;
    return { matches: password === hash, outdated: false };
  }
}

async function limited(figures: Partial<typeof DEFAULT_ATTEMPT_POLICY> = {}) {
  const hasher = new PlainHasher();
  const wired = await wire({ hasher, rateLimits: { ...DEFAULT_ATTEMPT_POLICY, ...figures } });
  await wired.register('ann');
  const { login, clock } = wired;
  /** Returns the error, or null. */
  const attempt = (
    account: Parameters<typeof login.execute>[0]['account'],
    password = WRONG,
    address: string | null = null,
  ): Promise<unknown> =>
    login
      .execute({ account, password, userAgent: null, replaces: null, address: parseIpAddress(address ?? '') })
      .then(() => null)
      .catch((error: unknown) => error);
  /** Makes attempts one after the other; returns how many were decided. */
  const decided = async (count: number, ...[account, password, address]: Parameters<typeof attempt>) => {
    let total = 0;
    for (let made = 0; made < count; made += 1) {
      if (!((await attempt(account, password, address)) instanceof RateLimited)) total += 1;
    }
    return total;
  };
  return { ...wired, hasher, clock, attempt, decided };
}

const ANN = { email: parseEmailAddress('ann@example.org') };
const ANN_BY_NAME = { username: parseUsername('ANN') };
const NOBODY = { email: parseEmailAddress('nobody@example.org') };

describe('failed logins of one account', () => {
  it('are free five times; then each waits twice as long as the one before, at most 15 minutes', async () => {
    const { attempt, decided, clock, hasher } = await limited();
    expect(await decided(6, ANN)).toBe(5);
    expect(hasher.verified).toBe(5);
    for (const delay of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]) {
      expect(await attempt(ANN)).toMatchObject({ code: 'rate_limited', retryAfter: delay });
      clock.advance(delay - 0.001);
      expect(await attempt(ANN)).toMatchObject({ code: 'rate_limited', retryAfter: 1 });
      clock.advance(0.001);
      expect(await attempt(ANN)).toBeInstanceOf(InvalidCredentials);
    }
    // A refused attempt costs no hash.
    expect(hasher.verified).toBe(17);
  });

  it('cannot pass by being parallel', async () => {
    const { attempt, hasher } = await limited();
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => attempt(ANN)));
    expect(outcomes.filter(error => error instanceof InvalidCredentials)).toHaveLength(5);
    expect(outcomes.filter(error => error instanceof RateLimited)).toHaveLength(95);
    expect(hasher.verified).toBe(5);
  });

  it('count for the account, whichever of its names is used', async () => {
    const { decided } = await limited();
    expect(await decided(3, ANN)).toBe(3);
    expect(await decided(5, ANN_BY_NAME)).toBe(2);
  });

  it('count for no other account, whether it exists or not', async () => {
    const { decided, register } = await limited();
    await register('ben');
    const others = [
      { email: parseEmailAddress('ben@example.org') },
      { username: parseUsername('carla') },
      { username: parseUsername('dora') },
      { email: parseEmailAddress('nobody@example.org') },
      { email: parseEmailAddress('no.one@example.org') },
    ];
    for (const account of [ANN, ...others]) expect(await decided(6, account)).toBe(5);
  });

  it('refuse even the right password for a while, and never for good', async () => {
    const { attempt, decided, clock } = await limited();
    await decided(6, ANN);
    expect(await attempt(ANN, RIGHT)).toMatchObject({ code: 'rate_limited', retryAfter: 1 });
    clock.advance(1);
    expect(await attempt(ANN, RIGHT)).toBeNull();
  });

  it('leave live sessions alone', async () => {
    const { login, authenticate, decided } = await limited();
    const { token } = await login.execute({ account: ANN, password: RIGHT, userAgent: null, replaces: null });
    await decided(50, ANN);
    expect((await authenticate.execute({ token })).user.username).toBe('ann');
  });

  // With the pause most of the attempts are around the end of the hour that the first one began.
  it.each([0, 2600])(
    'are at most 100 in any hour, even if the owner logs in all the time (pause: %i s)',
    async pause => {
      const { attempt, clock } = await limited();
      const failures: number[] = [];
      for (let second = 0; second < 3 * 3600; ) {
        if ((await attempt(ANN)) instanceof InvalidCredentials) failures.push(second);
        await attempt(ANN, RIGHT);
        const step = second === 0 ? Math.max(10, pause) : 10;
        clock.advance(step);
        second += step;
      }
      const inHourFrom = (start: number) => failures.filter(at => at >= start && at < start + 3600).length;
      expect(Math.max(...failures.map(inHourFrom))).toBe(100);
      // The limit ends by itself.
      expect(failures.length).toBeGreaterThan(100);
    },
  );

  it('are forgotten after an hour without one', async () => {
    const { decided, clock } = await limited();
    expect(await decided(9, ANN)).toBe(5);
    clock.advance(3600);
    expect(await decided(9, ANN)).toBe(5);
  });

  it('count alike for an account that does not exist', async () => {
    const { attempt, clock, storage } = await limited();
    const names = [
      [ANN, NOBODY],
      [ANN_BY_NAME, { username: parseUsername('Nobody') }],
    ] as const;
    for (const [known, unknown] of names) {
      for (let round = 0; round < 30; round += 1) {
        const [one, other] = [await attempt(known), await attempt(unknown)];
        expect(other).toEqual(one);
        clock.advance(round % 5);
      }
      clock.advance(3600);
      await storage.attempts.removeExpired(clock.now(), 100);
    }
    // Upper and lower case make no other account, whether it exists or not.
    for (const name of ['ann', 'nobody']) {
      const spellings = [name, name.toUpperCase()].map(text => ({ username: parseUsername(text) }));
      const outcomes: unknown[] = [];
      for (let round = 0; round < 6; round += 1) {
        outcomes.push(await attempt(spellings[round % 2] ?? ANN));
      }
      expect(outcomes.filter(error => error instanceof RateLimited)).toHaveLength(1);
    }
  });
});

describe('an attempt that decides nothing', () => {
  it.each([new Overloaded(), new StorageUnavailable(), new Error('broken')])('is not counted: %s', async failure => {
    const { attempt, decided, hasher } = await limited();
    hasher.plan.push(...Array.from({ length: 20 }, () => failure));
    for (let made = 0; made < 20; made += 1) expect(await attempt(ANN, WRONG, '192.0.2.1')).toBe(failure);
    expect(await decided(30, ANN, WRONG, '192.0.2.1')).toBe(5);
  });

  it('keeps its error if it cannot be uncounted', async () => {
    const { attempt, hasher, storage } = await limited();
    hasher.plan.push(new Overloaded());
    storage.attempts.release = () => Promise.reject(new StorageUnavailable());
    expect(await attempt(ANN)).toBeInstanceOf(Overloaded);
  });
});

describe('logins from one IP address', () => {
  it('are limited to 30 a minute, with successes and for all accounts together', async () => {
    const { attempt, decided, clock } = await limited();
    expect(await decided(20, ANN, RIGHT, '192.0.2.1')).toBe(20);
    const others = Array.from({ length: 20 }, (_, index) => ({ email: parseEmailAddress(`p${index}@example.org`) }));
    const outcomes = await Promise.all(others.map(account => attempt(account, WRONG, '192.0.2.1')));
    expect(outcomes.filter(error => error instanceof InvalidCredentials)).toHaveLength(10);
    expect(await attempt(ANN, RIGHT, '192.0.2.1')).toMatchObject({ code: 'rate_limited', retryAfter: 60 });
    expect(await attempt(ANN, RIGHT, '192.0.2.2')).toBeNull();
    clock.advance(60);
    expect(await attempt(ANN, RIGHT, '192.0.2.1')).toBeNull();
  });

  it('do not count for the account once the address has to wait', async () => {
    const { decided } = await limited({ loginsPerMinute: 2 });
    expect(await decided(50, ANN, WRONG, '192.0.2.1')).toBe(2);
    expect(await decided(50, ANN, WRONG)).toBe(3);
  });

  it('are those of a /64 for IPv6, and those of IPv4 where an IPv4 address is mapped', async () => {
    const { attempt, clock } = await limited();
    const decidedFrom = async (addresses: readonly string[]) => {
      const account = (index: number) => ({ email: parseEmailAddress(`q${index}@example.org`) });
      const outcomes = await Promise.all(addresses.map((each, index) => attempt(account(index), WRONG, each)));
      clock.advance(60);
      return outcomes.filter(error => error instanceof InvalidCredentials).length;
    };
    const hosts = Array.from({ length: 1000 }, (_, index) => (index + 1).toString(16));
    expect(await decidedFrom(hosts.map(host => `2001:DB8:1:2:${host}::${host}`))).toBe(30);
    expect(await decidedFrom(hosts.map(host => `2001:db8:1:${host}::1`))).toBe(1000);
    const spellings = ['192.0.2.1', '::ffff:192.0.2.1', '::FFFF:C000:201', '0:0:0:0:0:ffff:c000:201'];
    expect(await decidedFrom(hosts.map((_, index) => spellings[index % 4] ?? ''))).toBe(30);
  });
});

describe('registrations', () => {
  it('are limited to 10 an hour from one IP address, refused ones included', async () => {
    const { registerUser, clock, hasher } = await limited();
    let people = 0;
    const register = (address: string | null, username?: string): Promise<unknown> => {
      people += 1;
      return registerUser
        .execute({
          email: parseEmailAddress(`new${people}@example.org`),
          username: parseUsername(username ?? `new${people}`),
          name: parsePersonName('New'),
          password: RIGHT,
          address: parseIpAddress(address ?? ''),
        })
        .then(() => 'registered')
        .catch((error: { code: string }) => error.code);
    };
    const hash = hasher.hash.bind(hasher);
    let hashes = 0;
    hasher.hash = password => {
      hashes += 1;
      return hash(password);
    };
    expect(await register('192.0.2.1', 'ann')).toBe('username_taken');
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => register('::ffff:192.0.2.1')));
    expect(outcomes.filter(code => code === 'registered')).toHaveLength(9);
    expect(outcomes.filter(code => code === 'rate_limited')).toHaveLength(11);
    expect(hashes).toBe(10);
    expect(await register('192.0.2.2')).toBe('registered');
    expect(await register(null)).toBe('registered');
    clock.advance(3600);
    expect(await register('192.0.2.1')).toBe('registered');
  });
});

describe('the limits', () => {
  it('can be turned off, and then cost no call of the store', async () => {
    const hasher = new PlainHasher();
    const { storage, login, register } = await wire({ hasher, rateLimits: null });
    storage.attempts.reserve = () => Promise.reject(new Error('called'));
    await register('ann');
    const failing = () =>
      login.execute({ account: ANN, password: WRONG, userAgent: null, replaces: null, address: parseIpAddress('::1') });
    for (let made = 0; made < 150; made += 1) await expect(failing()).rejects.toBeInstanceOf(InvalidCredentials);
  });

  it('cost no call of the store for a registration whose IP address is not known', async () => {
    const { register, storage } = await limited();
    storage.attempts.reserve = () => Promise.reject(new StorageUnavailable());
    expect((await register('ben')).username).toBe('ben');
  });

  it('are counted under keys that all versions share, so that an upgrade forgets nothing', async () => {
    const { attempt, registerUser, storage } = await limited();
    const keys: string[] = [];
    const reserve = storage.attempts.reserve.bind(storage.attempts);
    storage.attempts.reserve = (attempts, now) => {
      keys.push(...attempts.map(({ key }) => key));
      return reserve(attempts, now);
    };
    await attempt(ANN_BY_NAME, WRONG, '192.0.2.1');
    await attempt({ username: parseUsername('Nobody') }, WRONG, '2001:db8::1');
    await registerUser.execute({
      email: parseEmailAddress('new@example.org'),
      username: parseUsername('new'),
      name: parsePersonName('New'),
      password: RIGHT,
      address: parseIpAddress('192.0.2.1'),
    });
    expect(keys).toEqual([
      'login address 4:3221225985',
      'login account email ann@example.org',
      'login address 6:2306139568115548160',
      'login account username nobody',
      'registration address 4:3221225985',
    ]);
  });

  it('refuse logins if their store does not respond', async () => {
    const { attempt, storage, hasher } = await limited();
    storage.attempts.reserve = () => Promise.reject(new StorageUnavailable());
    expect(await attempt(ANN, RIGHT)).toBeInstanceOf(StorageUnavailable);
    expect(hasher.verified).toBe(0);
  });

  it('are swept when they are over', async () => {
    const { decided, sweep, clock } = await limited();
    await decided(2, ANN, WRONG, '192.0.2.1');
    clock.advance(60);
    expect((await sweep.execute()).attempts).toBe(1);
    clock.advance(3540);
    expect((await sweep.execute()).attempts).toBe(1);
    expect((await sweep.execute()).attempts).toBe(0);
  });
});
