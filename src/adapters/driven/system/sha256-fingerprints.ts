import { createHash } from 'node:crypto';
import type { Fingerprints } from '../../../application/ports/driven/system.js';

export class Sha256Fingerprints implements Fingerprints {
  of(text: string): bigint {
    return BigInt(`0x${createHash('sha256').update(text).digest('hex')}`);
  }
}
