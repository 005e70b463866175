import type { Id } from '../../../domain/id.js';
import type { Timestamp } from '../../../domain/timestamp.js';

/** The source of the current time. */
export interface Clock {
  /** Returns the current time: RFC 3339, UTC, with milliseconds. */
  now(): Timestamp;
}

/** The timers of a process. All durations are milliseconds. No timer keeps the process alive. */
export interface Timers {
  /** Returns the milliseconds since a fixed moment. Never goes back, unlike the time of a `Clock`. */
  now(): number;

  /** Calls `task` once. The returned function cancels the call. */
  after(milliseconds: number, task: () => void): () => void;

  /** Calls `task` at intervals. The returned function ends the calls. */
  every(milliseconds: number, task: () => void): () => void;
}

/** Makes the ids of users, sessions, cards and trades. */
export interface IdGenerator {
  /** Returns a new UUIDv7, greater than every id this process made before. Lists rely on ids being in time order. */
  next(): Id;
}

/** SHA-256 of a session token, hexadecimal. Only digests are stored, so a copy of the database opens no session. */
export type TokenDigest = string;

/** Makes session tokens. */
export interface TokenGenerator {
  /**
   * Returns 32 bytes of a cryptographic generator as base64url: 43 characters. OWASP ASVS 5.0, 7.2.3 requires at least
   * 128 bits.
   */
  next(): string;

  /** Returns null if the text cannot be a token, so that malformed tokens are refused without a query. */
  digest(token: string): TokenDigest | null;
}

/** Computes fingerprints of rows, to compare copies. */
export interface Fingerprints {
  /** Returns the SHA-256 of the text in UTF-8, as a number below 2^256. */
  of(text: string): bigint;
}
