import type { TradepostError } from '../../../domain/errors.js';
import type { Trade } from '../../../domain/trade.js';
import type { Caller, UseCase } from './use-case.js';

export interface WatchTradesInput {
  readonly caller: Caller;
  /** The cursor of the last trade the watcher knows; null to receive only trades recorded from now on. */
  readonly after: string | null;
  /** Called with each trade once, in the order of the log. If it returns a promise, the next trade waits for it. */
  readonly onTrade: (event: { readonly trade: Trade; readonly cursor: string }) => void | Promise<void>;
  /**
   * Called once if the watch ends by itself: with `unauthenticated` if the session ended, otherwise with the failure.
   * Not called after `stop`.
   */
  readonly onEnd: (reason: TradepostError) => void;
}

export interface TradeWatch {
  /** Where the watch begins: `after`, or the cursor of the newest trade. */
  readonly cursor: string;
  /** Starts the delivery of trades. */
  begin(): void;
  stop(): void;
}

/** Errors: `validation_failed` (invalid cursor, or one ahead of the caller's log). */
export type WatchingTrades = UseCase<WatchTradesInput, TradeWatch>;

export interface WatchSessionInput {
  readonly caller: Caller;
  /** Called once, when the session ends in any process and for any reason. */
  readonly onEnd: () => void;
}

/** Returns the function that ends the watch. */
export type WatchingSession = UseCase<WatchSessionInput, () => void>;
