import type { Id } from '../../../domain/id.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import type { TradeDirection, TradeEntry, TradeFacts } from '../../../domain/trade.js';
import type { PublicUser } from '../../../domain/user.js';
import type { IdempotencyClaim, Replayed } from './idempotency.js';
import type { UserReference } from './user-repository.js';

/** A trade that is to be recorded if the sender owns the card. */
export interface TradeProposal {
  /** The trade's id, if it is recorded. */
  readonly id: Id;
  /** The card to give. */
  readonly cardId: Id;
  /** The caller. Never taken from the input. */
  readonly sender: PublicUser;
  /** Who is to receive it. */
  readonly recipient: UserReference;
  /** When the trade was requested: RFC 3339, UTC, with milliseconds. */
  readonly createdAt: Timestamp;
}

/** The trade was recorded, refused because of the facts, or recorded before with the same idempotency key. */
export type RecordOutcome =
  /** With the entry in the sender's log. */
  | { readonly outcome: 'recorded'; readonly entry: TradeEntry }
  | { readonly outcome: 'refused'; readonly facts: TradeFacts }
  | Replayed<TradeEntry>;

/** A page of a log, newest first. */
export interface TradeLogPage {
  /** Newest first (greatest number first). */
  readonly entries: TradeEntry[];
  /** The number of the user's newest entry in either direction when the page was read; 0 if the log is empty. */
  readonly latest: number;
}

/** Which page of a log is read. */
export interface TradeRange {
  /** Only sent trades, only received ones, or all. */
  readonly direction: TradeDirection | 'all';
  /** Only entries with a lower number; null for the newest. */
  readonly before: number | null;
  /** The most entries of the page. */
  readonly limit: number;
}

/** Keeps the trade log of each user, and records trades: both logs and the owner of the card change together. */
export interface TradeLog {
  /**
   * Records a trade in one transaction. If the sender owns the card, the card changes owner, each party's log gets an
   * entry with that user's next number, and the claim, if any, is kept with the answer. Otherwise nothing changes.
   */
  record(proposal: TradeProposal, claim: IdempotencyClaim | null): Promise<RecordOutcome>;

  /** Returns up to `limit` entries below number `before`, in one round trip and one index range. */
  page(userId: Id, range: TradeRange): Promise<TradeLogPage>;

  /** Returns up to `limit` entries above number `after`, oldest first (smallest number first). */
  entriesAfter(userId: Id, after: number, limit: number): Promise<TradeEntry[]>;

  /** Returns the number of each user's newest entry, in one round trip. Users with empty logs may be left out. */
  latest(userIds: readonly Id[]): Promise<ReadonlyMap<Id, number>>;
}
