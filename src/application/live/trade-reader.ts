import { StorageUnavailable } from '../../domain/errors.js';
import type { Id } from '../../domain/id.js';
import { cursorAhead } from '../cursor.js';
import type { TradeEvent } from '../ports/driving/trades.js';

export interface LogPage {
  /** The trade of the entry at the position that was read from; null where there is no such entry. */
  readonly tradeAtPosition: Id | null;
  readonly events: readonly { readonly number: number; readonly tradeId: Id; readonly event: TradeEvent }[];
  /** Whether there may be another page already. */
  readonly more: boolean;
}

export interface TradeReceiver {
  /** If it returns a promise, the next trade waits for it. */
  onTrade(event: TradeEvent): void | Promise<void>;
  /** Reading stopped, because `onTrade` threw this or because the store failed in a way that a retry does not fix. */
  onFailure(error: unknown): void;
}

/**
 * Reads one user's log from a position on, for one watcher: every entry once, in order. The guarantee rests on this
 * alone. An unnecessary wake-up only costs one read.
 *
 * A store that lost its newest entries, by a failover that loses writes or because a backup was restored, gives their
 * numbers to other trades. Reading on would then skip those, so the watch ends. Each read includes the entry at the
 * position, which shows the loss even after the log has grown beyond the position again.
 */
export class TradeReader {
  private reading = false;
  private readAgain = false;
  private stopped = false;
  /** The trade of the entry at the position; null while it is not known. */
  private tradeAtPosition: Id | null = null;

  constructor(
    private readonly readAfter: (number: number) => Promise<LogPage>,
    /** The number of the last entry the watcher has. */
    public position: number,
    private readonly receiver: TradeReceiver,
  ) {}

  /** Reads on. A call during a read schedules another read. */
  wake(): void {
    this.readAgain = true;
    if (!this.reading && !this.stopped) this.read();
  }

  /**
   * The log's newest number is, or was, `latest`. The caller read `position` before it requested that number, because
   * this reader may have moved on since.
   */
  compare(position: number, latest: number): void {
    if (position > latest) this.fail(cursorAhead());
    else if (this.position < latest) this.wake();
  }

  stop(): void {
    this.stopped = true;
  }

  private fail(error: unknown): void {
    if (this.stopped) return;
    this.stopped = true;
    this.receiver.onFailure(error);
  }

  /** Callbacks instead of async functions: with a thousand watchers of a user, those cost as much as sending the trade. */
  private read(): void {
    this.reading = true;
    this.readAgain = false;
    this.readAfter(this.position).then(this.accept, this.refuse);
  }

  private readonly accept = (page: LogPage): void => {
    try {
      this.compareTrade(page.tradeAtPosition);
      const delivered = this.deliver(page, 0);
      if (delivered) delivered.then(this.finish, this.refuse);
      else this.finish();
    } catch (error) {
      this.refuse(error);
    }
  };

  private readonly finish = (): void => {
    this.reading = false;
    if (this.readAgain && !this.stopped) this.read();
  };

  private readonly refuse = (error: unknown): void => {
    this.reading = false;
    // While the store is unavailable the reader waits: the periodic check wakes it when the store responds again.
    if (!(error instanceof StorageUnavailable)) this.fail(error);
  };

  private compareTrade(tradeAtPosition: Id | null): void {
    const known = this.tradeAtPosition;
    if (this.position > 0 && (tradeAtPosition === null || (known !== null && known !== tradeAtPosition))) {
      throw cursorAhead();
    }
    this.tradeAtPosition = tradeAtPosition;
  }

  /** Delivers the events from the one at `start` on. Returns a promise where the receiver makes it wait. */
  private deliver(page: LogPage, start: number): void | Promise<void> {
    for (let index = start; index < page.events.length && !this.stopped; index += 1) {
      const { number, tradeId, event } = page.events[index] as LogPage['events'][number];
      // Set before the call, so that no trade is delivered twice, even if `onTrade` throws.
      this.position = number;
      this.tradeAtPosition = tradeId;
      const done = this.receiver.onTrade(event);
      if (done) return done.then(() => this.deliver(page, index + 1));
    }
    if (page.more) this.readAgain = true;
  }
}
