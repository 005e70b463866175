import type { Storage, StorageHealth } from '../../../application/ports/driven/storage.js';
import { Broadcast, readSessionThenTrades } from '../../../application/storage-kit/index.js';
import { MemoryAttemptLimiter } from './memory-attempt-limiter.js';
import { MemoryCardRepository } from './memory-card-repository.js';
import { MemoryIdempotencyRecords } from './memory-idempotency-records.js';
import { MemorySessionRepository } from './memory-session-repository.js';
import { MemoryTradeLog } from './memory-trade-log.js';
import { MemoryUserRepository } from './memory-user-repository.js';

export const HEALTHY: StorageHealth = { ok: true, detail: 'nothing to check; all data is lost when the process ends' };

export class MemoryStorage implements Storage {
  readonly signals = new Broadcast();
  readonly users = new MemoryUserRepository();
  readonly sessions = new MemorySessionRepository(this.users, this.signals);
  readonly idempotency = new MemoryIdempotencyRecords();
  readonly attempts = new MemoryAttemptLimiter();
  readonly cards = new MemoryCardRepository(this.idempotency);
  readonly trades = new MemoryTradeLog(this.users, this.cards, this.idempotency, this.signals);

  readonly sessionTrades = readSessionThenTrades(this.sessions, this.trades);

  async check(): Promise<StorageHealth> {
    return HEALTHY;
  }

  async close(): Promise<void> {}
}
