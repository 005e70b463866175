import type { Card } from '../../../domain/card.js';
import type { Id } from '../../../domain/id.js';
import type { Session } from '../../../domain/session.js';
import type { TradeEntry } from '../../../domain/trade.js';
import type { IdempotencyClaim } from './idempotency.js';
import type { TokenDigest } from './system.js';
import type { Account } from './user-repository.js';

/** Everything a store holds, as one type of row for each collection. Derived data, such as counters, is left out. */
export interface ArchiveRows {
  /** Accounts with the hashes of their passwords. */
  readonly users: Account;
  /** Cards with their owners. */
  readonly cards: Card;
  /** The entries of all trade logs. */
  readonly tradeEntries: { readonly userId: Id; readonly entry: TradeEntry };
  /** Claims with their answers. */
  readonly idempotencyRecords: {
    readonly userId: Id;
    readonly claim: IdempotencyClaim;
    /** A JSON value. It is read back equal, though its text may differ. */
    readonly answer: unknown;
  };
  /** Live sessions with the digests of their tokens. */
  readonly sessions: { readonly session: Session; readonly digest: TokenDigest };
}

/** A collection of rows that a copy moves. */
export type ArchiveCollection = keyof ArchiveRows;

/**
 * In the order they are written: users before everything that refers to them; sessions last, so that those which expire
 * during the copy are not copied.
 */
export const ARCHIVE_COLLECTIONS = [
  'users',
  'cards',
  'tradeEntries',
  'idempotencyRecords',
  'sessions',
] as const satisfies readonly ArchiveCollection[];

/** The collections in words for people. */
export const COLLECTION_NAMES: Readonly<Record<ArchiveCollection, string>> = {
  users: 'users',
  cards: 'cards',
  tradeEntries: 'trade log entries',
  idempotencyRecords: 'idempotency records',
  sessions: 'sessions',
};

/** A store read as rows, for copying all of it. Rows are not interpreted: expired sessions are read too. */
export interface StorageArchive {
  /**
   * Returns up to `limit` rows after the row `after`, or from the first row where it is null. The order is the store's
   * own and never changes. Reads one range of an index, so the last page costs as much as the first.
   */
  read<Collection extends ArchiveCollection>(
    collection: Collection,
    after: ArchiveRows[Collection] | null,
    limit: number,
  ): Promise<ArchiveRows[Collection][]>;

  /** The number of rows, for showing progress. It may be an estimate. */
  count(collection: ArchiveCollection): Promise<number>;

  /** Closes what was opened for the archive. */
  close(): Promise<void>;
}

/** A store that is being copied into. It carries a mark until the copy is finished, and cannot be opened until then. */
export interface StorageImport extends StorageArchive {
  /**
   * Adds rows. Collections come in the order of `ARCHIVE_COLLECTIONS`, rows in any order. Derived data, such as the
   * number of a user's newest log entry, is correct afterwards. Where it fails some of the rows may have been added, and
   * the copy has to start over.
   *
   * @throws CopyOvertaken where another copy into the store has started since.
   */
  write<Collection extends ArchiveCollection>(
    collection: Collection,
    rows: readonly ArchiveRows[Collection][],
  ): Promise<void>;

  /**
   * Removes the mark, so that the store can be opened.
   *
   * @throws CopyOvertaken
   */
  finish(): Promise<void>;
}
