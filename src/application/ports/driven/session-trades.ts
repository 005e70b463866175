import type { LivenessBounds } from '../../../domain/session.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import type { PublicUser } from '../../../domain/user.js';
import type { IdempotencyClaim } from './idempotency.js';
import type { TokenDigest } from './system.js';
import type { RecordOutcome, TradeLogPage, TradeProposal, TradeRange } from './trade-log.js';

/** The parameters of `SessionRepository.use`: what it takes to look up a session at a moment. */
export interface SessionUse {
  readonly digest: TokenDigest;
  readonly bounds: LivenessBounds;
  readonly touchedBefore: Timestamp;
}

/** A page of the trade log of a session's user. */
export interface OwnedPage {
  /** The user of the session. */
  readonly owner: PublicUser;
  /** The page of the log. */
  readonly page: TradeLogPage;
}

/** A trade that is proposed by the user of a session, at the moment of the session's use. */
export type TradeDraft = Omit<TradeProposal, 'sender' | 'createdAt'>;

export interface RecordedBySession {
  /** The user of the session. */
  readonly sender: PublicUser;
  readonly outcome: RecordOutcome;
}

/** What needs both a session and its user's trade log. A store that can do both at once saves a round trip. */
export interface SessionTrades {
  /**
   * Does what `SessionRepository.use` does with the session, and returns a page of its user's log (`TradeLog.page`);
   * null if there is no live session with this digest.
   */
  page(use: SessionUse, range: TradeRange): Promise<OwnedPage | null>;

  /**
   * Does what `SessionRepository.use` does with the session, and records a trade of its user (`TradeLog.record`) that is created
   * at `use.bounds.now`; null, and nothing recorded, if there is no live session with this digest.
   */
  record(use: SessionUse, draft: TradeDraft, claim: IdempotencyClaim | null): Promise<RecordedBySession | null>;
}
