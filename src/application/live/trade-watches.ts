import type { Id } from '../../domain/id.js';
import { toTrade } from '../../domain/trade.js';
import type { PublicUser } from '../../domain/user.js';
import { formatTradeCursor } from '../cursor.js';
import type { Timers } from '../ports/driven/system.js';
import type { TradeLog } from '../ports/driven/trade-log.js';
import { inBatches } from '../storage-kit/in-batches.js';
import { JointQuery } from '../storage-kit/joint-query.js';
import { PacedWork, ReadLimit } from './pacing.js';
import { systemTimers } from './system-timers.js';
import type { LogPage, TradeReceiver } from './trade-reader.js';
import { TradeReader } from './trade-reader.js';

/** The most entries of one read. */
const PAGE = 100;

/** Reads of logs at a time, so that thousands of watchers that come back leave connections to other requests. */
const READS = 8;

/** The running trade watches of this process: one reader of a user's log for each. */
export class TradeWatches {
  private readonly readers = new Map<Id, Set<TradeReader>>();
  /** Reads that were requested and have not begun, by user and position. */
  private readonly upcoming = new Map<string, Promise<LogPage>>();
  /** Users whom a signal named and whose logs have not been read since. */
  private readonly signalled = new Set<Id>();
  private readonly limit: ReadLimit;
  private readonly reads: JointQuery<() => Promise<LogPage>, LogPage>;
  private readonly latestNumbers: JointQuery<Id, number>;
  private readonly checks: PacedWork;

  constructor(
    private readonly trades: TradeLog,
    /** Called after `size` changed. */
    private readonly onSizeChange: () => void,
    timers: Timers = systemTimers,
  ) {
    this.limit = new ReadLimit(timers);
    this.reads = new JointQuery(reads => Promise.all(reads.map(read => read())), { parallel: READS, inputs: 1 });
    this.latestNumbers = new JointQuery(
      async userIds => {
        const latest = await trades.latest([...new Set(userIds)]);
        return userIds.map(id => latest.get(id) ?? 0);
      },
      { parallel: 2 },
    );
    this.checks = new PacedWork(() => this.check(), timers);
  }

  /** How many users are watched. */
  get size(): number {
    return this.readers.size;
  }

  /** Returns the number of the user's newest entry; 0 if the log is empty. Calls at the same time share queries. */
  latest(userId: Id): Promise<number> {
    return this.latestNumbers.request(userId);
  }

  /** Delivers the entries after number `after` of the user's log, until the returned function is called. */
  add(self: PublicUser, after: number, receiver: TradeReceiver): () => void {
    const reader = new TradeReader(number => this.sharePageAfter(self, number), after, receiver);
    const readers = this.readers.get(self.id) ?? new Set();
    this.readers.set(self.id, readers.add(reader));
    this.onSizeChange();
    reader.wake();
    return () => {
      reader.stop();
      readers.delete(reader);
      if (readers.size > 0 || this.readers.get(self.id) !== readers) return;
      this.readers.delete(self.id);
      this.signalled.delete(self.id);
      this.onSizeChange();
    };
  }

  /**
   * Makes the readers of these users' logs read on. After many signals without entries, which are probably forged, a
   * check for all watched users replaces the reads.
   */
  wake(userIds: readonly Id[]): void {
    for (const id of userIds) {
      const readers = this.readers.get(id);
      if (!readers) continue;
      if (!this.signalled.has(id)) {
        if (!this.limit.spend()) return void this.checks.request();
        this.signalled.add(id);
      }
      for (const reader of readers) reader.wake();
    }
  }

  /** Wakes the readers that are behind their log, and ends those ahead of it. One query serves a batch of users. */
  async check(): Promise<void> {
    await inBatches([...this.readers.keys()], async userIds => {
      const readers = userIds.flatMap(userId =>
        [...(this.readers.get(userId) ?? [])].map(reader => ({ userId, reader, position: reader.position })),
      );
      const latest = await this.trades.latest(userIds);
      for (const { userId, reader, position } of readers) reader.compare(position, latest.get(userId) ?? 0);
    });
  }

  /** Stops all readers. */
  clear(): void {
    for (const readers of this.readers.values()) for (const reader of readers) reader.stop();
    this.readers.clear();
  }

  /**
   * Shares one read among readers that request the same page at the same time. Only a read that has not begun is
   * shared: one that has begun may miss the entry that woke the later reader.
   */
  private sharePageAfter(self: PublicUser, after: number): Promise<LogPage> {
    const key = `${self.id} ${after}`;
    const shared = this.upcoming.get(key);
    if (shared) return shared;
    const read = (): Promise<LogPage> => {
      this.upcoming.delete(key);
      return this.readPage(self, after);
    };
    const page = Promise.resolve().then(() => this.reads.request(read));
    this.upcoming.set(key, page);
    return page;
  }

  private async readPage(self: PublicUser, after: number): Promise<LogPage> {
    const wasSignalled = this.signalled.delete(self.id);
    // From the entry at the position on, which the reader compares. Before the first entry there is none.
    const previous = Math.max(after - 1, 0);
    const entries = await this.trades.entriesAfter(self.id, previous, PAGE + after - previous);
    const newer = entries.filter(({ number }) => number > after);
    if (wasSignalled && newer.length > 0) this.limit.refund();
    const events = newer.map(entry => ({
      number: entry.number,
      tradeId: entry.tradeId,
      event: { trade: toTrade(entry, self), cursor: formatTradeCursor(entry.number) },
    }));
    const tradeAtPosition = entries.find(({ number }) => number === after)?.tradeId ?? null;
    return { tradeAtPosition, events, more: newer.length === PAGE };
  }
}
