import type { EmailAddress } from '../../../domain/email-address.js';
import type { TradepostError } from '../../../domain/errors.js';
import type { Id } from '../../../domain/id.js';
import type { Trade, TradeDirection } from '../../../domain/trade.js';
import type { Username } from '../../../domain/user.js';
import type { Caller, Page, PageRequest, UseCase } from './use-case.js';

/** A card of the caller that another user will own. */
export interface RecordTradeInput {
  /** The sender: the user and session behind the request, as `Authenticate` returns them. */
  readonly caller: Caller;
  /** The card to give. The caller must own it when the trade is recorded. */
  readonly cardId: Id;
  /** Who gets the card, by exactly one of id, username and e-mail address; not the caller. */
  readonly recipient: { readonly id: Id } | { readonly username: Username } | { readonly email: EmailAddress };
  /** The same key with the same input by the same user returns the first result again; null for none. */
  readonly idempotencyKey: string | null;
}

/** Errors: `card_not_found`, `card_not_owned`, `recipient_not_found`, `self_trade`, `idempotency_conflict`. */
export type RecordingTrades = UseCase<RecordTradeInput, Trade>;

/** A trade of the user whose session has the token. */
export interface RecordTradeOfSessionInput extends Omit<RecordTradeInput, 'caller'> {
  /** The session token; null if the request has none. */
  readonly token: string | null;
}

/** Errors: `unauthenticated`, and those of `RecordingTrades`. */
export type RecordingTradesOfSession = UseCase<RecordTradeOfSessionInput, Trade>;

/** A page of the caller's trades. */
export interface ListTradesInput extends PageRequest {
  /** The user and session behind the request, as `Authenticate` returns them. */
  readonly caller: Caller;
  /** Only trades that the caller sent, only those received, or all. */
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
  /** The trade, as both parties see it. */
  readonly trade: Trade;
  /** A watch from here continues after this trade. */
  readonly cursor: string;
}

/** What to deliver of the caller's trades, and to whom. */
export interface WatchTradesInput {
  /** The user and session behind the request, as `Authenticate` returns them. */
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

/** A watch that was started. Nothing is delivered before `begin`. */
export interface TradeWatch {
  /** Where the watch begins: `after`, or the cursor of the newest trade. */
  readonly cursor: string;
  /** Starts the delivery of trades. */
  begin(): void;
  /** Ends the watch. Nothing is delivered afterwards. */
  stop(): void;
}

/** Errors: `validation_failed` (invalid cursor, or one ahead of the caller's log). */
export type WatchingTrades = UseCase<WatchTradesInput, TradeWatch>;

/** A session whose end is waited for. */
export interface WatchSessionInput {
  /** The user and session behind the request, as `Authenticate` returns them. */
  readonly caller: Caller;
  /** Called once, when the session ends in any process and for any reason. */
  readonly onEnd: () => void;
}

/** Returns the function that ends the watch. */
export type WatchingSession = UseCase<WatchSessionInput, () => void>;
