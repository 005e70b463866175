import type { Timestamp } from '../../../domain/timestamp.js';

/**
 * An idempotency key with the request it stands for. The store keeps the claim in the same transaction as the write it
 * guards: both exist or neither.
 */
export interface IdempotencyClaim {
  /** Unique per user, across all operations. */
  readonly key: string;
  /** The request as canonical JSON, to distinguish a repetition from another request with the same key. */
  readonly request: string;
  readonly claimedAt: Timestamp;
}

/** The key was used before: the request it was used with, and the answer to that request. */
export interface Replayed<Answer> {
  readonly outcome: 'replayed';
  readonly request: string;
  readonly answer: Answer;
}

export interface IdempotencyRecords {
  /** Deletes up to `limit` records claimed at `before` or earlier. Returns how many it deleted. */
  removeExpired(before: Timestamp, limit: number): Promise<number>;
}
