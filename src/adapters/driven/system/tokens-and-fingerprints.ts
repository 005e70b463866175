import { createHash, randomBytes } from 'node:crypto';
import type { Fingerprints, TokenDigest, TokenGenerator } from '../../../application/ports/driven/system.js';

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
