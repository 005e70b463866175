import assert from 'node:assert/strict';
import type { Attempt } from '../../application/ports/driven/attempt-limiter.js';
import type { Storage } from '../../application/ports/driven/storage.js';
import type { AttemptCount, AttemptLimit } from '../../domain/attempt-limit.js';
import { countAttempt, forgiveAttempts, uncountAttempt } from '../../domain/attempt-limit.js';
import type { Timestamp } from '../../domain/timestamp.js';
import { addSeconds, secondsBetween } from '../../domain/timestamp.js';
import type { ConformanceCase } from './fixtures.js';
import { HOUR, NOW, newId, times } from './fixtures.js';

const ACCOUNT: AttemptLimit = { free: 3, firstDelay: 1, longestDelay: 60, most: 20, period: HOUR, renews: true };
const NETWORK: AttemptLimit = { free: 4, firstDelay: 0, longestDelay: 0, most: 4, period: 60, renews: false };

const newAttempt = (limit: AttemptLimit): Attempt => ({ key: `conformance ${newId()}`, limit });

/** Returns the seconds until the first attempt that has to wait is possible, or null if all were counted. */
async function reserve(storage: Storage, attempts: readonly Attempt[], now: Timestamp): Promise<number | null> {
  const readyAt = await storage.attempts.reserve(attempts, now);
  return readyAt === null ? null : secondsBetween(now, readyAt);
}

/** Makes attempts at these seconds after NOW, one after the other. Returns the waits. */
async function attemptAt(storage: Storage, attempt: Attempt, ...seconds: number[]): Promise<(number | null)[]> {
  const waits: (number | null)[] = [];
  for (const second of seconds) waits.push(await reserve(storage, [attempt], addSeconds(NOW, second)));
  return waits;
}

export const attemptCases: readonly ConformanceCase[] = [
  {
    name: 'attempts: after the free ones each doubles the delay, and one that comes too early is not counted',
    run: async storage => {
      const attempt = newAttempt(ACCOUNT);
      assert.deepEqual(await attemptAt(storage, attempt, 0, 0, 0), [null, null, null]);
      assert.deepEqual(await attemptAt(storage, attempt, 0, 0.999, 1), [1, 0.001, null]);
      assert.deepEqual(await attemptAt(storage, attempt, 1, 2.999, 3), [2, 0.001, null]);
      assert.deepEqual(await attemptAt(storage, attempt, 3, 7, 7, 15, 15), [4, null, 8, null, 16]);
    },
  },
  {
    name: 'attempts: no delay is longer than the longest',
    run: async storage => {
      const attempt = newAttempt(ACCOUNT);
      const minutes = times(12).map(minute => minute * 60);
      assert.deepEqual(
        await attemptAt(storage, attempt, ...minutes),
        minutes.map(() => null),
      );
      assert.deepEqual(await attemptAt(storage, attempt, 11 * 60), [60]);
    },
  },
  {
    name: 'attempts: after the most of a period the key waits until the period is over',
    run: async storage => {
      const attempt = newAttempt({ ...ACCOUNT, most: 5, longestDelay: 1 });
      assert.deepEqual(await attemptAt(storage, attempt, 0, 0, 0, 10, 20), [null, null, null, null, null]);
      assert.deepEqual(await attemptAt(storage, attempt, 30, 20 + HOUR - 1), [HOUR - 10, 1]);
      const after = 20 + HOUR;
      assert.deepEqual(await attemptAt(storage, attempt, after, after, after, after), [null, null, null, 1]);
    },
  },
  {
    name: 'attempts: where attempts renew the period, all is forgotten a period after the last counted one',
    run: async storage => {
      const attempt = newAttempt(ACCOUNT);
      assert.deepEqual(await attemptAt(storage, attempt, 0, 0, 0, HOUR - 1, HOUR), [null, null, null, null, 1]);
      const after = 2 * HOUR - 1;
      assert.deepEqual(await attemptAt(storage, attempt, after, after, after, after), [null, null, null, 1]);
    },
  },
  {
    name: 'attempts: where attempts do not renew the period, all is forgotten a period after the first one',
    run: async storage => {
      const attempt = newAttempt(NETWORK);
      assert.deepEqual(await attemptAt(storage, attempt, 0, 10, 20, 50), [null, null, null, null]);
      assert.deepEqual(await attemptAt(storage, attempt, 50, 59.999), [10, 0.001]);
      assert.deepEqual(await attemptAt(storage, attempt, 60, 70, 70, 70, 70), [null, null, null, null, 50]);
    },
  },
  {
    name: 'attempts: each key has a count of its own, compared exactly',
    run: async storage => {
      const attempt = newAttempt(ACCOUNT);
      await attemptAt(storage, attempt, 0, 0, 0);
      for (const key of [attempt.key.toUpperCase(), `${attempt.key} `, `${attempt.key}é`]) {
        assert.deepEqual(await attemptAt(storage, { ...attempt, key }, 0, 0, 0, 0), [null, null, null, 1]);
      }
    },
  },
  {
    name: 'attempts: of several keys none is counted from the first on that has to wait',
    run: async storage => {
      const [network, account] = [newAttempt(NETWORK), newAttempt(ACCOUNT)];
      await attemptAt(storage, account, 0, 0);
      for (const expected of [null, 1, 1, 1, 60, 60]) {
        assert.equal(await reserve(storage, [network, account], NOW), expected);
      }
      assert.deepEqual(await attemptAt(storage, account, 1, 1), [null, 2]);
      const other = newAttempt(ACCOUNT);
      for (const _ of times(5)) assert.equal(await reserve(storage, [network, other], NOW), 60);
      assert.deepEqual(await attemptAt(storage, other, 0, 0, 0, 0), [null, null, null, 1]);
      assert.equal(await storage.attempts.reserve([], NOW), null);
    },
  },
  {
    name: 'attempts: a released attempt was never counted',
    run: async storage => {
      const attempt = newAttempt({ ...ACCOUNT, most: 4 });
      await attemptAt(storage, attempt, 0, 0, 0);
      await storage.attempts.release(attempt.key, NOW);
      assert.deepEqual(await attemptAt(storage, attempt, 0, 0, 1, 1), [null, 1, null, HOUR]);
      await storage.attempts.release(attempt.key, addSeconds(NOW, 2));
      assert.deepEqual(await attemptAt(storage, attempt, 2), [null]);

      const unknown = newAttempt(ACCOUNT);
      await storage.attempts.release(unknown.key, NOW);
      assert.deepEqual(await attemptAt(storage, unknown, 0, 0, 0, 0), [null, null, null, 1]);
    },
  },
  {
    name: 'attempts: after a success the free ones begin again, but failures still count for the period',
    run: async storage => {
      const attempt = newAttempt({ ...ACCOUNT, most: 6 });
      await attemptAt(storage, attempt, 0, 0, 0, 1);
      await storage.attempts.forgive(attempt.key, addSeconds(NOW, 1));
      // Three failures have been counted, and the success has not.
      assert.deepEqual(await attemptAt(storage, attempt, 1, 1, 1, 1), [null, null, null, HOUR]);

      const unknown = newAttempt(ACCOUNT);
      await storage.attempts.forgive(unknown.key, NOW);
      assert.deepEqual(await attemptAt(storage, unknown, 0, 0, 0, 0), [null, null, null, 1]);
    },
  },
  {
    name: 'attempts: random sequences have the outcomes of the rules',
    run: async storage => {
      let seed = 20_260_131;
      const random = (below: number): number => {
        seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
        return Math.floor((seed / 2 ** 31) * below);
      };
      for (const limit of [ACCOUNT, NETWORK, { ...ACCOUNT, most: 6, period: 90 }]) {
        const attempt = newAttempt(limit);
        let [count, now] = [null as AttemptCount | null, NOW];
        for (const step of times(60)) {
          now = addSeconds(now, random(4) === 0 ? random(60_000) / 1000 : random(3));
          const counted = countAttempt(count, limit, now);
          const expected = counted ? null : secondsBetween(now, count?.readyAt ?? now);
          assert.equal(await reserve(storage, [attempt], now), expected, `step ${step}`);
          count = counted ?? count;
          const decision = counted && count ? random(8) : null;
          if (decision === 0) await storage.attempts.release(attempt.key, now);
          if (decision === 1) await storage.attempts.forgive(attempt.key, now);
          if (count && decision === 0) count = uncountAttempt(count, now);
          if (count && decision === 1) count = forgiveAttempts(count, now);
        }
      }
    },
  },
  {
    name: 'attempts: sweeping deletes expired counts, up to the limit, and keeps the others',
    run: async storage => {
      // Far in the past, so that no count of another case has expired by then.
      const past = addSeconds(NOW, -1000 * HOUR);
      const [recent, ...old] = times(4).map(() => newAttempt(ACCOUNT));
      for (const attempt of old) for (const _ of times(3)) await storage.attempts.reserve([attempt], past);
      for (const _ of times(3)) if (recent) await storage.attempts.reserve([recent], addSeconds(past, 1));
      const end = addSeconds(past, HOUR);
      assert.equal(await storage.attempts.removeExpired(end, 2), 2);
      assert.equal(await storage.attempts.removeExpired(end, 2), 1);
      assert.equal(await storage.attempts.removeExpired(end, 2), 0);
      // The clock of another process may be behind.
      for (const attempt of old) assert.equal(await reserve(storage, [attempt], past), null);
      assert.equal(recent && (await reserve(storage, [recent], past)), 2);
    },
  },
  {
    name: 'attempts: of parallel attempts exactly the free ones are counted',
    run: async storage => {
      for (const _ of times(20)) {
        const attempt = newAttempt(ACCOUNT);
        const waits = await Promise.all(times(30).map(() => reserve(storage, [attempt], NOW)));
        assert.equal(waits.filter(wait => wait === null).length, 3);
        assert.equal(waits.filter(wait => wait === 1).length, 27);
      }
    },
  },
  {
    name: 'attempts: parallel attempts from one network on many accounts are counted once for each key',
    run: async storage => {
      const network = newAttempt(NETWORK);
      // Any of them may get all that the network admits.
      const accounts = times(3).map(() => newAttempt({ ...ACCOUNT, free: 10 }));
      const waits = await Promise.all(
        times(30).map(index => reserve(storage, [network, ...accounts.slice(index % 3, (index % 3) + 1)], NOW)),
      );
      assert.equal(waits.filter(wait => wait === null).length, 4);
      assert.equal(waits.filter(wait => wait === 60).length, 26);
    },
  },
];
