import type { Timestamp } from '../../../domain/timestamp.js';

/**
 * A caller's promise that two requests with one key are one request. A store keeps the key together with the write it
 * guards, in one transaction: either both are there or neither.
 */
export interface IdempotencyClaim {
  /** Unique for each user, whatever the operation. */
  readonly key: string;
  /** The request in a canonical form, to tell a repetition from another request under the same key. */
  readonly request: string;
  readonly claimedAt: Timestamp;
}

/** The key was used before: by this request, and what it answered. */
export interface Replayed<Answer> {
  readonly outcome: 'replayed';
  readonly request: string;
  readonly answer: Answer;
}

export interface IdempotencyRecords {
  /** Deletes up to `limit` records claimed at `before` or earlier; answers how many it deleted. */
  removeExpired(before: Timestamp, limit: number): Promise<number>;
}
