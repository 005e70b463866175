import type { Trade } from '../../domain/trade.js';
import type { ClientError } from './errors.js';
import type { TradeListener, TradeWatch, WatchOptions, WatchState } from './trade-watch.js';

export interface TradeEvent {
  readonly trade: Trade;
  readonly cursor: string;
}

/** One who watches: is told by a feed, and hands over one trade after the other. */
export class Watcher implements TradeWatch {
  private current: WatchState = 'connecting';
  private told: WatchState | undefined;
  private last: string | undefined;
  /** Settles when all that came so far is handed over. */
  private handing: Promise<void> = Promise.resolve();

  constructor(
    private readonly listener: TradeListener,
    private readonly options: WatchOptions,
    private readonly onStop: (watcher: Watcher) => void,
  ) {
    this.last = options.after;
  }

  get state(): WatchState {
    return this.current;
  }

  get cursor(): string | undefined {
    return this.last;
  }

  stop(): void {
    this.become('ended');
    this.onStop(this);
  }

  /** Where the watch begins, for one that was not told where to. */
  startAt(cursor: string): void {
    this.last ??= cursor;
  }

  become(state: WatchState, reason: ClientError | null = null): void {
    if (this.current === 'ended' || this.told === state) return;
    this.current = state;
    this.told = state;
    void attempt(() => this.options.onState?.(state, reason));
  }

  receive({ trade, cursor }: TradeEvent): void {
    this.next(() => {
      this.last = cursor;
      return this.listener(trade, cursor);
    });
  }

  /** After what came before is handed over. */
  end(reason: ClientError): void {
    this.next(() => {
      this.become('ended', reason);
      this.options.onEnd?.(reason);
    });
  }

  private next(work: () => void | Promise<void>): void {
    this.handing = this.handing.then(() => (this.current === 'ended' ? undefined : attempt(work)));
  }
}

/**
 * Calls what the application gave. What it throws is its own affair: it shows as any error that nobody catches, and the
 * next trade is not to suffer for it.
 */
async function attempt(work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
