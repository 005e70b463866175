import type { OwnedPage, SessionTrades } from '../../../application/ports/driven/session-trades.js';
import type { TokenDigest } from '../../../application/ports/driven/system.js';
import type { TradeRange } from '../../../application/ports/driven/trade-log.js';
import { readSessionThenTrades } from '../../../application/storage-kit/index.js';
import type { LivenessBounds } from '../../../domain/session.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import type { MongoSessionRepository } from './mongo-session-repository.js';
import type { MongoTradeLog } from './mongo-trade-log.js';

/** Two commands: one pipeline would have to join four collections, of which two may lie on other shards. */
export class MongoSessionTrades implements SessionTrades {
  private readonly inTwoSteps: SessionTrades;

  constructor(sessions: MongoSessionRepository, trades: MongoTradeLog) {
    this.inTwoSteps = readSessionThenTrades(sessions, trades);
  }

  async page(
    digest: TokenDigest,
    bounds: LivenessBounds,
    touchedBefore: Timestamp,
    range: TradeRange,
  ): Promise<OwnedPage | null> {
    return this.inTwoSteps.page(digest, bounds, touchedBefore, range);
  }
}
