import { describe, expect, it } from 'vitest';
import { completeAttemptPolicy, DEFAULT_ATTEMPT_POLICY } from '../../src/domain/attempt-limit.js';

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
