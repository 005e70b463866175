import { StorageUnavailable } from '../../domain/errors.js';
import type { Trade } from '../../domain/trade.js';

/** One trade for a watcher. Watchers who are at the same place of one user's log get the very same object. */
export interface TradeEvent {
  readonly trade: Trade;
  readonly cursor: string;
}

export interface LogPage {
  readonly events: readonly { readonly number: number; readonly event: TradeEvent }[];
  /** Whether there may be another page already. */
  readonly more: boolean;
}

export interface TradeListener {
  /** Where it answers a promise, the next trade waits for it. */
  onTrade(event: TradeEvent): void | Promise<void>;
  /** Reading stopped: `onTrade` threw this, or the store did and trying again does not mend it. */
  onFailure(error: unknown): void;
}

/**
 * Reads one user's log from a number on, for one watcher: every entry once, in order. That is all the guarantee rests
 * on; being woken too often or at the wrong time costs a read and nothing else.
 */
export class TradeReader {
  private reading = false;
  private readAgain = false;
  private stopped = false;

  constructor(
    private readonly pageAfter: (number: number) => Promise<LogPage>,
    /** The number of the last entry the watcher has. */
    public position: number,
    private readonly listener: TradeListener,
  ) {}

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
      // The periodic check finds this reader behind, and wakes it when the store answers again.
      if (!(error instanceof StorageUnavailable) && !this.stopped) this.listener.onFailure(error);
    } finally {
      this.reading = false;
    }
  }

  private async readPage(): Promise<void> {
    const { events, more } = await this.pageAfter(this.position);
    for (const { number, event } of events) {
      if (this.stopped) return;
      // Before the call: a trade that was handed over is never handed over again, whatever becomes of it there.
      this.position = number;
      const done = this.listener.onTrade(event);
      if (done) await done;
    }
    if (more) this.readAgain = true;
  }
}
