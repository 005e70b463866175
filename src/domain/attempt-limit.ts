import type { Timestamp } from './timestamp.js';
import { addSeconds } from './timestamp.js';

/** The figures of the limits on logins and registrations. */
export interface AttemptPolicy {
  /** Failed logins of one account before the first delay. Each further failure doubles the delay, which begins with 1 s. */
  readonly freeFailures: number;
  /** Seconds between two attempts to log in to one account, at most; up to 3600. */
  readonly longestDelay: number;
  /** Failed logins of one account within an hour, at most, from all IP addresses (OWASP ASVS 4.0, 2.2.1). */
  readonly failuresPerHour: number;
  /** Logins from one IPv4 address or one /64 of IPv6 within a minute, at most. */
  readonly loginsPerMinute: number;
  /** Registrations from one IPv4 address or one /64 of IPv6 within an hour, at most. */
  readonly registrationsPerHour: number;
}

/** The limits on logins and registrations, unless `rateLimits` changes them. */
export const DEFAULT_ATTEMPT_POLICY: AttemptPolicy = {
  freeFailures: 5,
  longestDelay: 900,
  failuresPerHour: 100,
  loginsPerMinute: 30,
  registrationsPerHour: 10,
};

/** The most that each figure may be. The least is 1. */
export const MAX_ATTEMPT_FIGURES: AttemptPolicy = {
  freeFailures: 1000,
  longestDelay: 3600,
  failuresPerHour: 1_000_000,
  loginsPerMinute: 1_000_000,
  registrationsPerHour: 1_000_000,
};

/** Adds the defaults. @throws TypeError for an unknown name, and unless every figure is a whole number within its range */
export function completeAttemptPolicy(figures: Partial<AttemptPolicy>): AttemptPolicy {
  for (const [name, figure] of Object.entries(figures)) {
    const most = Object.hasOwn(MAX_ATTEMPT_FIGURES, name) ? MAX_ATTEMPT_FIGURES[name as keyof AttemptPolicy] : 0;
    if (most === 0) throw new TypeError(`rateLimits: there is no figure ${JSON.stringify(name)}`);
    if (!Number.isInteger(figure) || figure < 1 || figure > most) {
      throw new TypeError(`rateLimits: ${name} must be a whole number from 1 to ${most}`);
    }
  }
  return { ...DEFAULT_ATTEMPT_POLICY, ...figures };
}

/** How many attempts one key has, and how long it waits after them. */
export interface AttemptLimit {
  /** Attempts before the first delay. */
  readonly free: number;
  /** Seconds after the last free attempt. Each further attempt doubles the delay. */
  readonly firstDelay: number;
  /** Seconds, at most. Not longer than `period`. */
  readonly longestDelay: number;
  /** Attempts within the period, at most. The key then waits until the period is over. */
  readonly most: number;
  /** Seconds until everything is forgotten. */
  readonly period: number;
  /** Whether each attempt starts the period again. If not, the first one starts it, and the next after its end. */
  readonly renews: boolean;
}

const MINUTE = 60;
const HOUR = 3600;

/** The period renews, so that no hour, whenever it begins, has more failures than `failuresPerHour`. */
export const accountLimit = ({ freeFailures, longestDelay, failuresPerHour }: AttemptPolicy): AttemptLimit => ({
  free: freeFailures,
  firstDelay: 1,
  longestDelay,
  most: failuresPerHour,
  period: HOUR,
  renews: true,
});

export const loginLimit = ({ loginsPerMinute }: AttemptPolicy): AttemptLimit => windowOf(loginsPerMinute, MINUTE);

export const registrationLimit = ({ registrationsPerHour }: AttemptPolicy): AttemptLimit =>
  windowOf(registrationsPerHour, HOUR);

const windowOf = (most: number, period: number): AttemptLimit => ({
  free: most,
  firstDelay: 0,
  longestDelay: 0,
  most,
  period,
  renews: false,
});

/** What is known of the attempts of one key. */
export interface AttemptCount {
  /** Attempts since the period began or a success. */
  readonly streak: number;
  /** Attempts in the period, without those that succeeded. */
  readonly total: number;
  /** The next attempt is possible from here on. */
  readonly readyAt: Timestamp;
  /** The count is forgotten from here on. */
  readonly expiresAt: Timestamp;
}

/** Delays of more doublings are longer than any `longestDelay`. */
export const MAX_DOUBLINGS = 20;

/**
 * Counts an attempt. Returns null if the key has to wait. The store adapters compute the same in one atomic step; the
 * conformance suite compares them with this function.
 */
export function countAttempt(current: AttemptCount | null, limit: AttemptLimit, now: Timestamp): AttemptCount | null {
  const known = current !== null && current.expiresAt > now ? current : null;
  if (known && known.readyAt > now) return null;
  const [streak, total] = [(known?.streak ?? 0) + 1, (known?.total ?? 0) + 1];
  const expiresAt = known && !limit.renews ? known.expiresAt : addSeconds(now, limit.period);
  const doublings = Math.min(streak - limit.free, MAX_DOUBLINGS);
  const delay = doublings < 0 ? 0 : Math.min(limit.longestDelay, limit.firstDelay * 2 ** doublings);
  return { streak, total, expiresAt, readyAt: total >= limit.most ? expiresAt : addSeconds(now, delay) };
}

/** Uncounts an attempt that decided nothing. The key was ready when the attempt was counted, so it is ready again. */
export const uncountAttempt = (current: AttemptCount, now: Timestamp): AttemptCount => ({
  ...current,
  streak: Math.max(0, current.streak - 1),
  total: Math.max(0, current.total - 1),
  readyAt: current.readyAt < now ? current.readyAt : now,
});

/** Uncounts an attempt that succeeded, and forgets the failures before it, except in the total of the period. */
export const forgiveAttempts = (current: AttemptCount, now: Timestamp): AttemptCount => ({
  ...uncountAttempt(current, now),
  streak: 0,
});
