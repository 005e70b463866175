import type { AttemptLimit } from '../../../domain/attempt-limit.js';
import type { Timestamp } from '../../../domain/timestamp.js';

/** One attempt, counted under a key. Keys are compared exactly. */
export interface Attempt {
  /** What is counted: an account, or an IP address. */
  readonly key: string;
  /** How often it may happen. */
  readonly limit: AttemptLimit;
}

/** Counts attempts for all processes of the store, by the rules of `domain/attempt-limit.ts`. */
export interface AttemptLimiter {
  /**
   * Counts the attempts before they are made, in order, each in one atomic step, so that parallel attempts cannot pass
   * together. Stops at the first one that has to wait: neither it nor those after it are counted. Returns when that one
   * is possible, or null if all were counted.
   */
  reserve(attempts: readonly Attempt[], now: Timestamp): Promise<Timestamp | null>;

  /** Uncounts a reserved attempt that decided nothing. */
  release(key: string, now: Timestamp): Promise<void>;

  /** Uncounts a reserved attempt that succeeded, and forgets the failures before it, except in the total of the period. */
  forgive(key: string, now: Timestamp): Promise<void>;

  /** Deletes up to `limit` counts that expired at `before` or earlier. Returns how many it deleted. */
  removeExpired(before: Timestamp, limit: number): Promise<number>;
}
