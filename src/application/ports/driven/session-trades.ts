import type { LivenessBounds } from '../../../domain/session.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import type { PublicUser } from '../../../domain/user.js';
import type { TokenDigest } from './system.js';
import type { TradeLogPage, TradeRange } from './trade-log.js';

export interface OwnedPage {
  /** The user of the session. */
  readonly owner: PublicUser;
  readonly page: TradeLogPage;
}

/** What needs both a session and its user's trade log. A store that can read both at once saves a round trip. */
export interface SessionTrades {
  /**
   * Does what `SessionRepository.use` does with the session, and returns a page of its user's log (`TradeLog.page`);
   * null if there is no live session with this digest.
   */
  page(
    digest: TokenDigest,
    bounds: LivenessBounds,
    touchedBefore: Timestamp,
    range: TradeRange,
  ): Promise<OwnedPage | null>;
}
