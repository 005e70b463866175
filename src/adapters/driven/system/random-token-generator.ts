import { createHash, randomBytes } from 'node:crypto';
import type { TokenDigest, TokenGenerator } from '../../../application/ports/driven/system.js';

const TOKEN = /^[A-Za-z0-9_-]{43}$/;

/**
 * A plain SHA-256 is enough for tokens, other than for passwords: 256 random bits cannot be guessed from their digest
 * (OWASP Session Management Cheat Sheet; NIST SP 800-63B-4, 5.1).
 */
export class RandomTokenGenerator implements TokenGenerator {
  next(): string {
    return randomBytes(32).toString('base64url');
  }

  digest(token: string): TokenDigest | null {
    return TOKEN.test(token) ? createHash('sha256').update(token).digest('hex') : null;
  }
}
