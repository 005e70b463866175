import type { EmailAddress } from '../../../domain/email-address.js';
import type { TradepostError } from '../../../domain/errors.js';
import type { Id } from '../../../domain/id.js';
import type { Trade, TradeDirection } from '../../../domain/trade.js';
import type { Username } from '../../../domain/user.js';
import type { Caller, Page, PageRequest, UseCase } from './use-case.js';

export interface RecordTradeInput {
  readonly caller: Caller;
  readonly cardId: Id;
  readonly recipient: { readonly id: Id } | { readonly username: Username } | { readonly email: EmailAddress };
  readonly idempotencyKey: string | null;
}

/** Errors: `card_not_found`, `card_not_owned`, `recipient_not_found`, `self_trade`, `idempotency_conflict`. */
export type RecordingTrades = UseCase<RecordTradeInput, Trade>;

export interface RecordTradeOfSessionInput extends Omit<RecordTradeInput, 'caller'> {
  readonly token: string | null;
}

/** Errors: `unauthenticated`, and those of `RecordingTrades`. */
export type RecordingTradesOfSession = UseCase<RecordTradeOfSessionInput, Trade>;

export interface ListTradesInput extends PageRequest {
  readonly caller: Caller;
  readonly direction: TradeDirection | 'all';
}

export interface TradePage extends Page<Trade> {
  /** The cursor of the caller's newest trade in either direction. A watch from it misses nothing. */
  readonly latest: string;
}

/** Errors: `validation_failed` (invalid cursor). */
export type ListingTrades = UseCase<ListTradesInput, TradePage>;

export interface ListTradesOfSessionInput extends Omit<ListTradesInput, 'caller'> {
  readonly token: string | null;
}

/** Errors: `unauthenticated`, `validation_failed` (a cursor that does not parse). */
export type ListingTradesOfSession = UseCase<ListTradesOfSessionInput, TradePage>;

/** One trade for a watcher. Watchers at the same position of one user's log get the same object. */
export interface TradeEvent {
  readonly trade: Trade;
  readonly cursor: string;
}

export interface WatchTradesInput {
  readonly caller: Caller;
  /** The cursor of the last trade the watcher knows; null to receive only trades recorded from now on. */
  readonly after: string | null;
  /** Called with each trade once, in the order of the log. If it returns a promise, the next trade waits for it. */
  readonly onTrade: (event: TradeEvent) => void | Promise<void>;
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
