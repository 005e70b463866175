import type { LivenessBounds } from '../../domain/session.js';
import { isLive } from '../../domain/session.js';
import { canonicalJson } from '../idempotency.js';
import type { ArchiveCollection, ArchiveRows, StorageArchive } from '../ports/driven/storage-archive.js';
import type { Fingerprints } from '../ports/driven/system.js';

/**
 * Reads a whole collection in pages. Each page starts after the last row of the page before, so no page costs more than
 * the first. Throws the reason of `signal` between pages when it is aborted.
 */
export async function* pagesOf<Collection extends ArchiveCollection>(
  archive: StorageArchive,
  collection: Collection,
  size: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<ArchiveRows[Collection][]> {
  let last: ArchiveRows[Collection] | null = null;
  do {
    signal?.throwIfAborted();
    const rows: ArchiveRows[Collection][] = await archive.read(collection, last, size);
    if (rows.length > 0) yield rows;
    last = rows.length === size ? (rows.at(-1) ?? null) : null;
  } while (last !== null);
}

export type Selection<Collection extends ArchiveCollection> = (row: ArchiveRows[Collection]) => boolean;

/** Which rows are copied: all of them, except for sessions that are no longer live. */
const SELECTIONS: { readonly [Collection in ArchiveCollection]: (bounds: LivenessBounds) => Selection<Collection> } = {
  users: () => () => true,
  cards: () => () => true,
  tradeEntries: () => () => true,
  idempotencyRecords: () => () => true,
  sessions:
    bounds =>
    ({ session }) =>
      isLive(session, bounds),
};

export const selectionOf = <Collection extends ArchiveCollection>(
  collection: Collection,
  bounds: LivenessBounds,
): Selection<Collection> => SELECTIONS[collection](bounds);

const MODULUS = 1n << 256n;

/**
 * Counts rows and adds up their fingerprints, so that two readings can be compared in any order and without keeping
 * them. Detects faults, but not rows that an attacker has chosen so that the sums agree.
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
