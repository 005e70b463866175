import { createHash, randomBytes } from 'node:crypto';
import type {
  Clock,
  Fingerprints,
  IdGenerator,
  TokenDigest,
  TokenGenerator,
} from '../../../application/ports/driven/system.js';
import type { Id } from '../../../domain/id.js';
import { uuidV7 } from '../../../domain/id.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import { timestamp } from '../../../domain/timestamp.js';

export class SystemClock implements Clock {
  now(): Timestamp {
    return timestamp(Date.now());
  }
}

/** UUIDv7: ids increase within a millisecond too, and when the clock is set back. */
export class UuidGenerator implements IdGenerator {
  private milliseconds = 0;
  private sequence = 0;

  constructor(private readonly now: () => number = Date.now) {}

  next(): Id {
    const random = randomBytes(10);
    const now = this.now();
    if (now > this.milliseconds) {
      this.milliseconds = now;
      // 31 random bits, so that at least 2^31 ids of a millisecond follow before the counter overflows.
      this.sequence = random.readUInt32BE(6) >>> 1;
    } else {
      this.sequence = (this.sequence + 1) >>> 0;
      if (this.sequence === 0) this.milliseconds += 1;
    }
    return uuidV7(this.milliseconds, this.sequence, random);
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
