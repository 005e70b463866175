import type { Trade } from '../../domain/trade.js';
import type { Watch, WatchListener, WatchOptions, WatchState } from './client.js';
import type { ClientError } from './errors.js';

export interface TradeEvent {
  readonly trade: Trade;
  readonly cursor: string;
}

/** A watch of the application: a feed calls it, and it delivers one trade after the other to the listener. */
export class Watcher implements Watch {
  private currentState: WatchState = 'connecting';
  private reportedState: WatchState | undefined;
  private lastCursor: string | undefined;
  /** Settles when everything received so far is delivered. */
  private delivery: Promise<void> = Promise.resolve();

  constructor(
    private readonly listener: WatchListener,
    private readonly options: WatchOptions,
    private readonly onStop: (watcher: Watcher) => void,
  ) {
    this.lastCursor = options.after;
  }

  get state(): WatchState {
    return this.currentState;
  }

  get cursor(): string | undefined {
    return this.lastCursor;
  }

  stop(): void {
    this.become('ended');
    this.onStop(this);
  }

  /** Sets where the watch starts, unless it has a cursor already. */
  startAt(cursor: string): void {
    this.lastCursor ??= cursor;
  }

  become(state: WatchState, reason: ClientError | null = null): void {
    if (this.currentState === 'ended' || this.reportedState === state) return;
    this.currentState = state;
    this.reportedState = state;
    void callSafely(() => this.options.onState?.(state, reason));
  }

  receive({ trade, cursor }: TradeEvent): void {
    this.enqueue(() => {
      this.lastCursor = cursor;
      return this.listener(trade, cursor);
    });
  }

  /** Ends the watch after everything received before is delivered. */
  end(reason: ClientError): void {
    this.enqueue(() => {
      this.become('ended', reason);
      this.options.onEnd?.(reason);
    });
  }

  private enqueue(work: () => void | Promise<void>): void {
    this.delivery = this.delivery.then(() => (this.currentState === 'ended' ? undefined : callSafely(work)));
  }
}

/** Called with what the client does, for debugging: a message, and details without tokens and bodies. */
export type DebugLog = (message: string, details?: object) => void;

/**
 * Calls a function that the application passed in. An error of that function must not break the client, so it becomes an
 * uncaught error.
 */
export async function callSafely(work: () => void | Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

export const safeDebugLog =
  (debug: DebugLog | undefined): DebugLog =>
  (message, details) =>
    void (debug && callSafely(() => debug(message, details)));
