import { createHash, randomBytes } from 'node:crypto';
import { v7 } from 'uuid';
import type {
  Clock,
  Fingerprints,
  IdGenerator,
  TokenDigest,
  TokenGenerator,
} from '../../../application/ports/driven/system.js';
import type { Id } from '../../../domain/id.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import { timestamp } from '../../../domain/timestamp.js';

export class SystemClock implements Clock {
  now(): Timestamp {
    return timestamp(Date.now());
  }
}

/** UUIDv7 of the `uuid` package: ids increase within a millisecond too, and when the clock is set back. */
export class UuidGenerator implements IdGenerator {
  next(): Id {
    return v7() as Id;
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/**
 * Unlike passwords, tokens need no slow hash: 256 random bits cannot be guessed from their SHA-256 digest (OWASP Session
 * Management Cheat Sheet; NIST SP 800-63B-4, 5.1).
 */
export class RandomTokenGenerator implements TokenGenerator {
  next(): string {
    return randomBytes(32).toString('base64url');
  }

  digest(token: string): TokenDigest | null {
    return TOKEN.test(token) ? sha256(token) : null;
  }
}

export class Sha256Fingerprints implements Fingerprints {
  of(text: string): bigint {
    return BigInt(`0x${sha256(text)}`);
  }
}
