import type { SessionTrades } from '../../../application/ports/driven/session-trades.js';
import { readSessionThenTrades } from '../../../application/storage-kit/index.js';
import type { MongoSessionRepository } from './mongo-session-repository.js';
import type { MongoTradeLog } from './mongo-trade-log.js';

/** Two commands: one pipeline would have to join four collections, of which two may lie on other shards. */
export class MongoSessionTrades implements SessionTrades {
  readonly page: SessionTrades['page'];
  readonly record: SessionTrades['record'];

  constructor(sessions: MongoSessionRepository, trades: MongoTradeLog) {
    ({ page: this.page, record: this.record } = readSessionThenTrades(sessions, trades));
  }
}
