import type { Library } from '../adapters/driving/library/library.js';
import type { StorageConnector, StorageHealth } from '../application/ports/driven/storage.js';
import type { UseCases } from '../application/ports/driving/use-cases.js';
import type { SystemOptions } from './modules/system.js';

export interface TradepostOptions extends SystemOptions {
  /** `postgres(…)`, `embedded(…)`, `memory()`, or an adapter of your own. */
  readonly storage: StorageConnector;
  /** Called with what failed while expired sessions were swept in the background; the next sweep tries again. */
  readonly onSweepError?: (error: unknown) => void;
}

/** Tradepost at work: every operation as a method, and what transports need. */
export interface Tradepost extends Library {
  /** For transports: `httpHandler(tradepost, …)` takes them from here. */
  readonly useCases: UseCases;
  /** Whether the store can serve now, in words for an operator; does not throw. */
  check(): Promise<StorageHealth>;
  /** Ends background work and closes what Tradepost opened; a pool that was handed in stays open. */
  close(): Promise<void>;
}
