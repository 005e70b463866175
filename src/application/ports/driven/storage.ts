import type { CardRepository } from './card-repository.js';
import type { IdempotencyRecords } from './idempotency.js';
import type { SessionRepository } from './session-repository.js';
import type { Signals } from './signals.js';
import type { StorageArchive, StorageImport } from './storage-archive.js';
import type { TradeLog } from './trade-log.js';
import type { UserRepository } from './user-repository.js';

/**
 * One store, open and up to date. Every method of its parts throws `StorageUnavailable` when the database does not
 * answer in time, and never hangs.
 */
export interface Storage {
  readonly users: UserRepository;
  readonly sessions: SessionRepository;
  readonly cards: CardRepository;
  readonly trades: TradeLog;
  readonly idempotency: IdempotencyRecords;
  /** Published by the store's own writes: every trade recorded and every session ended early, in any process. */
  readonly signals: Signals;

  /** Whether the store can serve now, in words for an operator; does not throw. */
  check(): Promise<StorageHealth>;

  /** Frees what the adapter opened itself. What the caller handed in stays open. */
  close(): Promise<void>;
}

export interface StorageHealth {
  readonly ok: boolean;
  /** What was found and, where it is not well, what to do about it. */
  readonly detail: string;
}

export interface MigrationReport {
  /** Names of the migrations that were applied now, in order. */
  readonly applied: readonly string[];
  /** The last one the store has. */
  readonly current: string | null;
}

/** A store that is described but not opened yet: what `postgres(…)`, `embedded(…)` and `memory()` make. */
export interface StorageConnector {
  /** For people: kind and place, without credentials. */
  readonly description: string;

  /** Opens the store; throws an error that says what to do where it cannot be used as it is. */
  open(): Promise<Storage>;

  /** Brings the store up to date, under a lock, and closes it again. */
  migrate(): Promise<MigrationReport>;

  /** Looks whether the store could be opened, changes nothing, does not throw. */
  inspect(): Promise<StorageHealth>;

  /**
   * Opens the store for reading all of it, and makes nothing.
   *
   * @throws NothingToCopy where there is no store, UnfinishedCopy, or what `open` says.
   */
  openArchive(): Promise<StorageArchive>;

  /**
   * Opens an empty store, brought up to date as by `open`, for copying into, and marks it as being copied into. Where it
   * carries such a mark already, that copy was broken off or is overtaken now: what it left is deleted.
   *
   * @throws StoreNotEmpty where there is anything and no mark; then nothing was changed.
   */
  beginImport(): Promise<StorageImport>;
}
