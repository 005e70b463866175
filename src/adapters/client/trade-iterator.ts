import type { Client, TradesOptions, Watch, WatchedTrade } from './client.js';
import type { ClientError } from './errors.js';

type Next = IteratorResult<WatchedTrade, undefined>;

interface Waiting {
  resolve(next: Next): void;
  reject(error: ClientError): void;
}

const DONE = { done: true, value: undefined } as const;

/** The trades of a watch, each when it is taken. Not a generator: `return` has to end a `next` that waits for a trade. */
export class TradeIterator implements AsyncIterableIterator<WatchedTrade, undefined> {
  private watch: Watch | undefined;
  /** Calls of `next` that wait for a trade. There are none while a trade is offered. */
  private readonly waiting: Waiting[] = [];
  /** The trade that the watch has delivered and the loop has not taken, and what lets the watch deliver the next one. */
  private offered: { readonly event: WatchedTrade; take(): void } | undefined;
  private failure: ClientError | undefined;
  private isOver = false;

  constructor(
    private readonly start: Client['watchTrades'],
    private readonly options: TradesOptions = {},
  ) {}

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Next> {
    const { offered, failure } = this;
    if (offered) {
      this.offered = undefined;
      offered.take();
      return { value: offered.event };
    }
    if (failure) {
      this.failure = undefined;
      throw failure;
    }
    if (this.isOver || this.options.signal?.aborted) return DONE;
    const next = new Promise<Next>((resolve, reject) => this.waiting.push({ resolve, reject }));
    this.watch ??= this.open();
    return next;
  }

  async return(): Promise<Next> {
    this.finish();
    return DONE;
  }

  private open(): Watch {
    const { signal, ...options } = this.options;
    signal?.addEventListener('abort', this.finish);
    return this.start((trade, cursor) => this.offer({ trade, cursor }), {
      ...options,
      onEnd: reason => this.fail(reason),
    });
  }

  /** The watch delivers nothing more until the returned promise settles. */
  private offer(event: WatchedTrade): void | Promise<void> {
    const next = this.waiting.shift();
    if (next) return next.resolve({ value: event });
    return new Promise(take => {
      this.offered = { event, take };
    });
  }

  private fail(reason: ClientError): void {
    const next = this.waiting.shift();
    if (next) next.reject(reason);
    else this.failure = reason;
    this.finish();
  }

  private readonly finish = (): void => {
    this.isOver = true;
    this.options.signal?.removeEventListener('abort', this.finish);
    this.watch?.stop();
    this.offered?.take();
    this.offered = undefined;
    for (const { resolve } of this.waiting.splice(0)) resolve(DONE);
  };
}
