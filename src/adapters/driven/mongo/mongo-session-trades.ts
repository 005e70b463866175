import type { IdempotencyClaim } from '../../../application/ports/driven/idempotency.js';
import type {
  OwnedPage,
  RecordedBySession,
  SessionTrades,
  SessionUse,
  TradeDraft,
} from '../../../application/ports/driven/session-trades.js';
import type { TradeRange } from '../../../application/ports/driven/trade-log.js';
import { readSessionThenTrades } from '../../../application/storage-kit/index.js';
import type { MongoSessionRepository } from './mongo-session-repository.js';
import type { MongoTradeLog } from './mongo-trade-log.js';

/** Two commands: one pipeline would have to join four collections, of which two may lie on other shards. */
export class MongoSessionTrades implements SessionTrades {
  private readonly inTwoSteps: SessionTrades;

  constructor(sessions: MongoSessionRepository, trades: MongoTradeLog) {
    this.inTwoSteps = readSessionThenTrades(sessions, trades);
  }

  async page(use: SessionUse, range: TradeRange): Promise<OwnedPage | null> {
    return this.inTwoSteps.page(use, range);
  }

  async record(use: SessionUse, draft: TradeDraft, claim: IdempotencyClaim | null): Promise<RecordedBySession | null> {
    return this.inTwoSteps.record(use, draft, claim);
  }
}
