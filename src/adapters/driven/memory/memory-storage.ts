import { Broadcast } from '../../../application/live/broadcast.js';
import type {
  MigrationReport,
  Storage,
  StorageConnector,
  StorageHealth,
} from '../../../application/ports/driven/storage.js';
import { MemoryCardRepository } from './memory-card-repository.js';
import { MemoryIdempotencyRecords } from './memory-idempotency-records.js';
import { MemorySessionRepository } from './memory-session-repository.js';
import { MemoryTradeLog } from './memory-trade-log.js';
import { MemoryUserRepository } from './memory-user-repository.js';

const HEALTH: StorageHealth = { ok: true, detail: 'nothing to check; all is lost when the process ends' };

class MemoryStorage implements Storage {
  readonly signals = new Broadcast();
  readonly users = new MemoryUserRepository();
  readonly sessions = new MemorySessionRepository(this.users, this.signals);
  readonly idempotency = new MemoryIdempotencyRecords();
  readonly cards = new MemoryCardRepository(this.idempotency);
  readonly trades = new MemoryTradeLog(this.users, this.cards, this.idempotency, this.signals);

  async check(): Promise<StorageHealth> {
    return HEALTH;
  }

  async close(): Promise<void> {}
}

/** A store inside this process, gone with it: for tests and for trying things out. Every `open` is a new, empty one. */
export const memory = (): StorageConnector => ({
  description: 'memory',
  open: async (): Promise<Storage> => new MemoryStorage(),
  migrate: async (): Promise<MigrationReport> => ({ applied: [], current: null }),
  inspect: async (): Promise<StorageHealth> => HEALTH,
});
