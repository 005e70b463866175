import { StorageUnavailable } from '../../domain/errors.js';
import type { TradeEvent } from '../ports/driving/trades.js';

export interface LogPage {
  readonly events: readonly { readonly number: number; readonly event: TradeEvent }[];
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
 */
export class TradeReader {
  private reading = false;
  private readAgain = false;
  private stopped = false;

  constructor(
    private readonly readAfter: (number: number) => Promise<LogPage>,
    /** The number of the last entry the watcher has. */
    public position: number,
    private readonly receiver: TradeReceiver,
  ) {}

  /** Reads on. A call during a read schedules another read. */
  wake(): void {
    this.readAgain = true;
    if (!this.reading && !this.stopped) void this.readOn();
  }

  stop(): void {
    this.stopped = true;
  }

  private async readOn(): Promise<void> {
    this.reading = true;
    try {
      while (this.readAgain && !this.stopped) {
        this.readAgain = false;
        await this.readPage();
      }
    } catch (error) {
      // While the store is unavailable the reader waits: the periodic check wakes it when the store responds again.
      if (!(error instanceof StorageUnavailable) && !this.stopped) this.receiver.onFailure(error);
    } finally {
      this.reading = false;
    }
  }

  private async readPage(): Promise<void> {
    const { events, more } = await this.readAfter(this.position);
    for (const { number, event } of events) {
      if (this.stopped) return;
      // Set before the call, so that no trade is delivered twice, even if `onTrade` throws.
      this.position = number;
      const done = this.receiver.onTrade(event);
      if (done) await done;
    }
    if (more) this.readAgain = true;
  }
}
