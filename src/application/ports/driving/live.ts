import type { TradepostError } from '../../../domain/errors.js';
import type { Trade } from '../../../domain/trade.js';
import type { Caller, UseCase } from './use-case.js';

export interface WatchTradesInput {
  readonly caller: Caller;
  /** The cursor of the last trade the watcher knows; null to begin with what comes after now. */
  readonly after: string | null;
  /** Each trade once, in the order of the log; where it answers a promise, the next trade waits for it. */
  readonly onTrade: (event: { readonly trade: Trade; readonly cursor: string }) => void | Promise<void>;
  /** The watch ended by itself: `unauthenticated` when the session did, else what failed. Not called after `stop`. */
  readonly onEnd: (reason: TradepostError) => void;
}

export interface TradeWatch {
  /** Where the watch begins: `after`, or the newest trade there was. */
  readonly cursor: string;
  /** Nothing is handed over before this is called. */
  begin(): void;
  stop(): void;
}

/** Errors: `validation_failed` (a cursor that does not parse, or that the caller's log has not reached). */
export type WatchingTrades = UseCase<WatchTradesInput, TradeWatch>;

export interface WatchSessionInput {
  readonly caller: Caller;
  /** Called once, when the session ends, whatever ends it and in whichever process. */
  readonly onEnd: () => void;
}

/** Answers the function that stops watching. */
export type WatchingSession = UseCase<WatchSessionInput, () => void>;
