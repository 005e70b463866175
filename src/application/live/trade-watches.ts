import type { Id } from '../../domain/id.js';
import { tradeOf } from '../../domain/trade.js';
import type { PublicUser } from '../../domain/user.js';
import { tradeCursor } from '../cursor.js';
import type { TradeLog } from '../ports/driven/trade-log.js';
import { inBatches } from '../storage-kit/in-batches.js';
import type { LogPage, TradeListener } from './trade-reader.js';
import { TradeReader } from './trade-reader.js';

/** Entries of one read at most. */
const PAGE = 100;

/** The readers of logs in this process, by user. */
export class TradeWatches {
  onChange: () => void = () => undefined;
  private readonly readers = new Map<Id, Set<TradeReader>>();
  /** Reads that were asked for and have not begun yet. */
  private readonly upcoming = new Map<string, Promise<LogPage>>();

  constructor(private readonly trades: TradeLog) {}

  /** Users watched. */
  get size(): number {
    return this.readers.size;
  }

  /** Hands over what follows number `after` in the user's log, until the returned function is called. */
  add(self: PublicUser, after: number, listener: TradeListener): () => void {
    const reader = new TradeReader(number => this.pageAfter(self, number), after, listener);
    const readers = this.readers.get(self.id) ?? new Set();
    this.readers.set(self.id, readers.add(reader));
    this.onChange();
    reader.wake();
    return () => {
      reader.stop();
      readers.delete(reader);
      if (readers.size > 0 || this.readers.get(self.id) !== readers) return;
      this.readers.delete(self.id);
      this.onChange();
    };
  }

  wake(userIds: readonly Id[]): void {
    for (const id of userIds) for (const reader of this.readers.get(id) ?? []) reader.wake();
  }

  /** Wakes the readers that are behind, found with one query for all. */
  async check(): Promise<void> {
    await inBatches([...this.readers.keys()], async userIds => {
      for (const [userId, latest] of await this.trades.latest(userIds)) {
        for (const reader of this.readers.get(userId) ?? []) if (reader.position < latest) reader.wake();
      }
    });
  }

  clear(): void {
    for (const readers of this.readers.values()) for (const reader of readers) reader.stop();
    this.readers.clear();
  }

  /**
   * Read once for all who ask at the same time. Only a read that has not begun is shared: one that has may have missed
   * what its late asker was woken for.
   */
  private pageAfter(self: PublicUser, after: number): Promise<LogPage> {
    const key = `${self.id} ${after}`;
    const shared = this.upcoming.get(key);
    if (shared) return shared;
    const page = Promise.resolve().then(() => {
      this.upcoming.delete(key);
      return this.readPage(self, after);
    });
    this.upcoming.set(key, page);
    return page;
  }

  private async readPage(self: PublicUser, after: number): Promise<LogPage> {
    const entries = await this.trades.entriesAfter(self.id, after, PAGE);
    const events = entries.map(entry => ({
      number: entry.number,
      event: { trade: tradeOf(entry, self), cursor: tradeCursor(entry.number) },
    }));
    return { events, more: entries.length === PAGE };
  }
}
