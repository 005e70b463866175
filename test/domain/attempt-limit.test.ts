import { describe, expect, it } from 'vitest';
import {
  completeAttemptPolicy,
  countAttempt,
  DEFAULT_ATTEMPT_POLICY,
  loginLimit,
  MAX_ATTEMPT_FIGURES,
  registrationLimit,
  uncountAttempt,
} from '../../src/domain/attempt-limit.js';
import { addSeconds, timestamp } from '../../src/domain/timestamp.js';

describe('the figures of the limits', () => {
  it('have defaults', () => {
    expect(completeAttemptPolicy({})).toEqual(DEFAULT_ATTEMPT_POLICY);
    expect(completeAttemptPolicy({ freeFailures: 9 })).toEqual({ ...DEFAULT_ATTEMPT_POLICY, freeFailures: 9 });
  });

  it.each<object>([
    { freeFailures: 0 },
    { freeFailures: 1.5 },
    { freeFailures: Number.NaN },
    { longestDelay: 3601 },
    { loginsPerMinute: -1 },
    { failuresPerHour: Number.POSITIVE_INFINITY },
    { constructor: 5 },
    { failures: 5 },
  ])('are refused unless they are known and in range: %j', figures => {
    expect(() => completeAttemptPolicy(figures)).toThrow(/^rateLimits: /);
  });
});

it('the least and the most of each figure are in range', () => {
  const least = { freeFailures: 1, longestDelay: 1, failuresPerHour: 1, loginsPerMinute: 1, registrationsPerHour: 1 };
  expect(completeAttemptPolicy(least)).toEqual(least);
  expect(completeAttemptPolicy(MAX_ATTEMPT_FIGURES)).toEqual(MAX_ATTEMPT_FIGURES);
});

it.each(['failures', 'constructor'])('an unknown figure is named in the error: %s', name => {
  expect(() => completeAttemptPolicy({ [name]: 5 })).toThrow(`there is no figure "${name}"`);
});

describe('the period of the attempts of one IP address', () => {
  const start = timestamp(0);

  it.each([
    ['logins', loginLimit, 60],
    ['registrations', registrationLimit, 3600],
  ] as const)('begins with the first one and is not renewed by later ones: %s', (_what, limitOf, period) => {
    const limit = limitOf({ ...DEFAULT_ATTEMPT_POLICY, loginsPerMinute: 2, registrationsPerHour: 2 });
    const first = countAttempt(null, limit, start);
    const second = countAttempt(first, limit, addSeconds(start, period - 1));
    expect(second).toMatchObject({ expiresAt: addSeconds(start, period), readyAt: addSeconds(start, period) });
    expect(countAttempt(second, limit, addSeconds(start, period - 0.001))).toBeNull();
    expect(countAttempt(second, limit, addSeconds(start, period))).toMatchObject({ streak: 1, total: 1 });
  });
});

describe('an attempt that is uncounted', () => {
  const now = timestamp(1_000_000);
  const count = { streak: 3, total: 4, expiresAt: addSeconds(now, 60) };

  it('leaves the key ready: at the time it was ready before, or now', () => {
    const [earlier, later] = [addSeconds(now, -5), addSeconds(now, 5)];
    expect(uncountAttempt({ ...count, readyAt: later }, now)).toEqual({ ...count, streak: 2, total: 3, readyAt: now });
    expect(uncountAttempt({ ...count, readyAt: earlier }, now).readyAt).toBe(earlier);
  });

  it('makes no count negative', () => {
    expect(uncountAttempt({ ...count, streak: 0, total: 0, readyAt: now }, now)).toMatchObject({ streak: 0, total: 0 });
  });
});
