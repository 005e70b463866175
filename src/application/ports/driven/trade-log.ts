import type { Id } from '../../../domain/id.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import type { TradeDirection, TradeEntry, TradeFacts } from '../../../domain/trade.js';
import type { PublicUser } from '../../../domain/user.js';
import type { IdempotencyClaim, Replayed } from './idempotency.js';
import type { UserReference } from './user-repository.js';

export interface TradeProposal {
  /** The id the trade gets if it is recorded. */
  readonly id: Id;
  readonly cardId: Id;
  /** The caller, whose session proved who they are. */
  readonly sender: PublicUser;
  readonly recipient: UserReference;
  readonly createdAt: Timestamp;
}

export type RecordOutcome =
  /** The entry in the sender's log. */
  | { readonly outcome: 'recorded'; readonly entry: TradeEntry }
  | { readonly outcome: 'refused'; readonly facts: TradeFacts }
  | Replayed<TradeEntry>;

export interface TradeLogPage {
  /** Greatest number first. */
  readonly entries: TradeEntry[];
  /** The number of the user's newest entry in any direction when the page was read; 0 where the log is empty. */
  readonly latest: number;
}

export interface TradeLog {
  /**
   * All of it or nothing, in one transaction: the card changes owner if the sender owns it, both parties' logs get an
   * entry with that user's next number, and the claim, if there is one, is kept with the answer.
   */
  record(proposal: TradeProposal, claim: IdempotencyClaim | null): Promise<RecordOutcome>;

  /** Up to `limit` entries below number `before`, in one round trip and one range of one index. */
  page(
    userId: Id,
    range: { direction: TradeDirection | 'all'; before: number | null; limit: number },
  ): Promise<TradeLogPage>;

  /** Up to `limit` entries above number `after`, smallest number first: what a watcher has not seen. */
  entriesAfter(userId: Id, after: number, limit: number): Promise<TradeEntry[]>;

  /** The number of the newest entry of each of these users' logs, in one round trip; empty logs may be left out. */
  latest(userIds: readonly Id[]): Promise<ReadonlyMap<Id, number>>;
}
