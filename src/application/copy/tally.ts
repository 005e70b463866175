import { canonicalJson } from '../idempotency.js';
import type { Fingerprints } from '../ports/driven/system.js';

const MODULUS = 1n << 256n;

/**
 * Counts rows and sums up their fingerprints, so that two readings can be compared without keeping either, whatever the
 * order they came in. It tells of faults, not of somebody who chooses rows so that the sums agree.
 */
export class Tally {
  count = 0;
  private sum = 0n;

  constructor(private readonly fingerprints: Fingerprints) {}

  add(rows: readonly unknown[]): void {
    for (const row of rows) this.sum = (this.sum + this.fingerprints.of(canonicalJson(row))) % MODULUS;
    this.count += rows.length;
  }

  equals(other: Tally): boolean {
    return this.count === other.count && this.sum === other.sum;
  }
}
