import type { Card } from '../../../domain/card.js';
import type { Id } from '../../../domain/id.js';
import type { Session } from '../../../domain/session.js';
import type { TradeEntry } from '../../../domain/trade.js';
import type { IdempotencyClaim } from './idempotency.js';
import type { TokenDigest } from './system.js';
import type { Account } from './user-repository.js';

/** All that a store holds, one kind of row for each collection. What can be worked out of it is not among them. */
export interface ArchiveRows {
  readonly users: Account;
  readonly cards: Card;
  readonly tradeEntries: { readonly userId: Id; readonly entry: TradeEntry };
  readonly idempotencyRecords: {
    readonly userId: Id;
    readonly claim: IdempotencyClaim;
    /** A JSON value; it comes back equal to what it was, if not as the same text. */
    readonly answer: unknown;
  };
  readonly sessions: { readonly session: Session; readonly digest: TokenDigest };
}

export type ArchiveCollection = keyof ArchiveRows;

/**
 * In the order they are written: users before all that names them, and sessions last, so that those which expire
 * while the rest is copied are not copied any more.
 */
export const ARCHIVE_COLLECTIONS = [
  'users',
  'cards',
  'tradeEntries',
  'idempotencyRecords',
  'sessions',
] as const satisfies readonly ArchiveCollection[];

/** A store as rows, for copying all of it. Nobody asks here what a row means or whether it still counts. */
export interface StorageArchive {
  /**
   * Up to `limit` rows behind `after`, from the first on where that is null, in an order of the store's own that does not
   * change. A range of an index: the last page costs what the first did.
   */
  read<Collection extends ArchiveCollection>(
    collection: Collection,
    after: ArchiveRows[Collection] | null,
    limit: number,
  ): Promise<ArchiveRows[Collection][]>;

  /** About how many rows there are, to tell how far a copy has come. */
  count(collection: ArchiveCollection): Promise<number>;

  /** Frees what was opened for it. */
  close(): Promise<void>;
}

/**
 * A store that is being copied into. It carries a mark, and as long as it does it cannot be opened, for half of a copy
 * must not be taken for a store.
 */
export interface StorageImport extends StorageArchive {
  /**
   * Adds rows. Collections come in the order of `ARCHIVE_COLLECTIONS`, rows in any. What the store derives of them, such
   * as the number of a user's newest log entry, is right afterwards. Where it fails any of them may have been added, and
   * the copy has to begin again.
   *
   * @throws CopyOvertaken where another copy into the store has begun meanwhile.
   */
  write<Collection extends ArchiveCollection>(
    collection: Collection,
    rows: readonly ArchiveRows[Collection][],
  ): Promise<void>;

  /**
   * Takes the mark away: from now on the store can be opened.
   *
   * @throws CopyOvertaken
   */
  finish(): Promise<void>;
}
