import type { Signal, Signals } from '../ports/driven/signals.js';
import type { SessionWatches } from './session-watches.js';
import type { TradeWatches } from './trade-watches.js';

/** Milliseconds. What nobody was told of is noticed within this time, plus that of two queries. */
export const CHECK_INTERVAL = 2000;

/**
 * Keeps those who wait up to date: with the store's signals, and without relying on them by looking for itself every
 * `CHECK_INTERVAL`. It does either only while somebody waits.
 */
export class LiveUpdates {
  private unsubscribe: (() => void) | undefined;
  private timer: NodeJS.Timeout | undefined;
  private checking: Promise<void> | undefined;
  private checkAgain = false;
  private closed = false;

  constructor(
    private readonly signals: Signals,
    private readonly trades: TradeWatches,
    private readonly sessions: SessionWatches,
  ) {
    const onChange = (): void => this.startOrStop();
    trades.onChange = onChange;
    sessions.onChange = onChange;
  }

  /** Ends all watches, without a word to the watchers: the one who closes knows. */
  close(): void {
    this.closed = true;
    this.trades.clear();
    this.sessions.clear();
    this.stop();
  }

  private startOrStop(): void {
    const wanted = !this.closed && this.trades.size + this.sessions.size > 0;
    if (!wanted) this.stop();
    else if (!this.unsubscribe) this.start();
  }

  private start(): void {
    this.unsubscribe = this.signals.subscribe(signal => this.hear(signal));
    this.timer = setInterval(() => void this.check(), CHECK_INTERVAL).unref();
  }

  private stop(): void {
    this.unsubscribe?.();
    this.unsubscribe = undefined;
    clearInterval(this.timer);
  }

  private hear(signal: Signal): void | Promise<void> {
    if (signal.kind === 'missed') return this.check();
    if (signal.kind === 'entries') this.trades.wake(signal.userIds);
    else this.sessions.end(signal.sessionIds);
  }

  /** One check at a time; asked for meanwhile, one more: what the first did not see any more is in the second. */
  private async check(): Promise<void> {
    if (!this.unsubscribe) return;
    this.checkAgain = true;
    this.checking ??= this.checkUntilSeen();
    await this.checking;
  }

  private async checkUntilSeen(): Promise<void> {
    while (this.checkAgain && this.unsubscribe) {
      this.checkAgain = false;
      // A store that does not answer is asked again at the next interval.
      await Promise.allSettled([this.trades.check(), this.sessions.check()]);
    }
    this.checking = undefined;
  }
}
