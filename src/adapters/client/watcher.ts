import type { Watch, WatchedTrade, WatchListener, WatchOptions, WatchState } from './client.js';
import type { ClientError } from './errors.js';

/** How a watch ends by itself. */
export interface WatchEnd {
  readonly state: 'ended' | 'refused';
  readonly reason: ClientError;
}

/** The most trades that wait for the listener. Then the watch leaves its socket until all of them are delivered. */
const MOST_UNDELIVERED = 1_000;

/** A watch of the application: a feed calls it, and it delivers one trade after the other to the listener. */
export class Watcher implements Watch {
  /** The cursor of the last received trade, delivered or not. */
  received: string | undefined;
  /** The user whose trades were received; undefined until the watch is first live. */
  userId: string | undefined;
  private currentState: WatchState = 'connecting';
  private reportedState: WatchState | undefined;
  private lastCursor: string | undefined;
  /** Settles when everything received so far is delivered. */
  private delivery: Promise<void> = Promise.resolve();
  private undelivered = 0;

  constructor(
    private readonly listener: WatchListener,
    private readonly options: WatchOptions,
    private readonly onStop: (watcher: Watcher) => void,
  ) {
    this.lastCursor = options.after;
    this.received = options.after;
    options.signal?.addEventListener('abort', this.onAbort);
  }

  get state(): WatchState {
    return this.currentState;
  }

  get cursor(): string | undefined {
    return this.lastCursor;
  }

  get isOver(): boolean {
    return this.currentState === 'ended' || this.currentState === 'refused';
  }

  /** Whether so many trades wait for the listener that it must not receive more. */
  get isFull(): boolean {
    return this.undelivered >= MOST_UNDELIVERED;
  }

  stop(): void {
    this.become('ended');
    this.onStop(this);
  }

  /** Settles when everything received before is delivered. */
  async drained(): Promise<void> {
    await this.delivery;
  }

  /** Sets where the watch starts, unless it has a cursor already. */
  startAt(cursor: string, userId: string | undefined): void {
    this.lastCursor ??= cursor;
    this.received ??= cursor;
    this.userId ??= userId;
  }

  become(state: WatchState, reason: ClientError | null = null): void {
    if (this.isOver || this.reportedState === state) return;
    this.currentState = state;
    if (this.isOver) this.options.signal?.removeEventListener('abort', this.onAbort);
    this.reportedState = state;
    void callSafely(() => this.options.onState?.(state, reason));
  }

  receive({ trade, cursor }: WatchedTrade): void {
    this.received = cursor;
    this.undelivered += 1;
    this.enqueue(() => {
      this.undelivered -= 1;
      this.lastCursor = cursor;
      return this.listener(trade, cursor);
    });
  }

  /** Ends the watch after everything received before is delivered. */
  end({ state, reason }: WatchEnd): void {
    this.enqueue(() => {
      this.become(state, reason);
      this.options.onEnd?.(reason);
    });
  }

  private enqueue(work: () => void | Promise<void>): void {
    this.delivery = this.delivery.then(() => (this.isOver ? undefined : callSafely(work)));
  }

  private readonly onAbort = (): void => this.stop();
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
