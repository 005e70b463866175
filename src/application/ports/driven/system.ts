import type { Id } from '../../../domain/id.js';
import type { Timestamp } from '../../../domain/timestamp.js';

export interface Clock {
  now(): Timestamp;
}

export interface IdGenerator {
  /** A new UUIDv7, greater than every one this process made before: lists rely on ids being in the order of time. */
  next(): Id;
}

/** SHA-256 of a session token, hexadecimal. Only digests are stored: a copy of the database opens no session. */
export type TokenDigest = string;

export interface TokenGenerator {
  /** 32 bytes of a cryptographic generator, base64url: 43 characters (OWASP ASVS 5.0, 7.2.3 asks at least 128 bits). */
  next(): string;

  /** Null where the text cannot be a token of ours, so that rubbish is refused without asking the store. */
  digest(token: string): TokenDigest | null;
}

export interface Fingerprints {
  /** SHA-256 of the text in UTF-8, as a number below 2^256. */
  of(text: string): bigint;
}
