import type { AttemptLimiter } from './attempt-limiter.js';
import type { CardRepository } from './card-repository.js';
import type { IdempotencyRecords } from './idempotency.js';
import type { SessionRepository } from './session-repository.js';
import type { SessionTrades } from './session-trades.js';
import type { Signals } from './signals.js';
import type { StorageArchive, StorageImport } from './storage-archive.js';
import type { TradeLog } from './trade-log.js';
import type { UserRepository } from './user-repository.js';

/**
 * One store, open and up to date. Every method of its parts throws `StorageUnavailable` when the database does not
 * answer in time, and never hangs.
 */
export interface Storage {
  /** Accounts. */
  readonly users: UserRepository;
  /** Sessions. */
  readonly sessions: SessionRepository;
  /** Cards. */
  readonly cards: CardRepository;
  /** The trade logs. */
  readonly trades: TradeLog;
  /** Pages of trades by token, in one query where the store can. */
  readonly sessionTrades: SessionTrades;
  /** The records of idempotency keys. */
  readonly idempotency: IdempotencyRecords;
  /** The counts of logins and registrations. */
  readonly attempts: AttemptLimiter;
  /** Signals for every trade recorded and every session ended early, by any process that uses the store. */
  readonly signals: Signals;

  /** Whether the store can serve now, in words for an operator. Does not throw. */
  check(): Promise<StorageHealth>;

  /** How busy the connections are. Left out where there are none, or none that can be counted. */
  load?(): PoolLoad;

  /** Closes what the adapter opened itself. A pool or client of the application's stays open. */
  close(): Promise<void>;
}

/** The connections of a store, for metrics. */
export interface PoolLoad {
  /** Open connections, idle ones included. */
  readonly size: number;
  /** Open connections that are not in use. */
  readonly idle: number;
  /** Calls that wait for a connection. */
  readonly waiting: number;
  /** Connections whose call was given up, and whose statement the server has not ended yet. They count in `size`. */
  readonly abandoned: number;
}

/** Whether a store can serve now. */
export interface StorageHealth {
  /** Whether the store answers, and can be written to. */
  readonly ok: boolean;
  /** What was found and, where `ok` is false, what to do about it. */
  readonly detail: string;
  /** What an operator should know of a store that works, one line each, with the remedy. Left out where there is nothing. */
  readonly warnings?: readonly string[];
}

/** What a migration did. */
export interface MigrationReport {
  /** Names of the migrations that were applied by this call, in order. */
  readonly applied: readonly string[];
  /** The newest migration the store has. */
  readonly current: string | null;
}

/** Describes a store that is not open yet: what `postgres(…)`, `mongo(…)`, `embedded(…)` and `memory()` return. */
export interface StorageConnector {
  /** Kind and location in words for people, without credentials. */
  readonly description: string;

  /** Opens the store. @throws StorageError where it cannot be used as it is, StorageUnavailable where it does not answer. */
  open(): Promise<Storage>;

  /** Brings the store up to date, under a lock, and closes it again. @throws StorageError, StorageUnavailable */
  migrate(): Promise<MigrationReport>;

  /** Whether the store could be opened. Changes nothing and does not throw. */
  inspect(): Promise<StorageHealth>;

  /**
   * Where signals come from, and whether one arrives. Does not throw. Left out where they need nothing that could be
   * missing.
   */
  inspectSignals?(): Promise<StorageHealth>;

  /** For `tradepost copy` and `CopyStorage`. Left out where the adapter does not support copying. */
  readonly copying?: StorageCopying;
}

/** How rows are read from a store and written to an empty one, for `tradepost copy`. */
export interface StorageCopying {
  /**
   * Opens the store for reading all of it. Creates nothing.
   *
   * @throws NothingToCopy where there is no store; UnfinishedCopy; what `open` throws.
   */
  openArchive(): Promise<StorageArchive>;

  /**
   * Opens an empty store for copying into it: brings it up to date as `open` does and marks it. Where it already has a
   * mark, that copy was broken off or is overtaken now, and what it wrote is deleted.
   *
   * @throws StoreNotEmpty where it holds anything and has no mark; nothing was changed then. What `open` throws.
   */
  beginImport(): Promise<StorageImport>;
}

/** A connector of a store that can be copied. */
export interface CopyableConnector extends StorageConnector {
  readonly copying: StorageCopying;
}
