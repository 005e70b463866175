import type { EmailAddress } from '../../../domain/email-address.js';
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
