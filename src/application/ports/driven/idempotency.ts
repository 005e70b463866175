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
  /** When the request was made. A claim is kept for a day. */
  readonly claimedAt: Timestamp;
}

/** The key was used before: the request it was used with, and the answer to that request. */
export interface Replayed<Answer> {
  /** Distinguishes it from the outcome of a write. */
  readonly outcome: 'replayed';
  /** The digest of the first request with the key. */
  readonly request: string;
  /** The result of the first request. */
  readonly answer: Answer;
}

/** Keeps which requests with idempotency keys were carried out, with their answers. */
export interface IdempotencyRecords {
  /** Deletes up to `limit` records claimed at `before` or earlier. Returns how many it deleted. */
  removeExpired(before: Timestamp, limit: number): Promise<number>;
}
