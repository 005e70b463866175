import type { SessionPolicy } from '../../domain/session.js';
import type { SessionRepository } from '../ports/driven/session-repository.js';
import type { Signal, Signals } from '../ports/driven/signals.js';
import type { Clock, Timers } from '../ports/driven/system.js';
import type { TradeLog } from '../ports/driven/trade-log.js';
import { PacedWork } from './pacing.js';
import { SessionWatches } from './session-watches.js';
import { systemTimers } from './system-timers.js';
import { TradeWatches } from './trade-watches.js';

/** Milliseconds. A change whose signal was lost is noticed within this time, plus the time of two queries. */
const CHECK_INTERVAL = 2000;

/**
 * Owns the watches of this process and keeps them up to date: on every signal of the store, and with a check of its own
 * every `CHECK_INTERVAL`, because signals may be lost. Subscribes and checks only while there is a watch.
 */
export class LiveUpdates {
  readonly trades: TradeWatches;
  readonly sessions: SessionWatches;
  private unsubscribe: (() => void) | undefined;
  private stopTimer: (() => void) | undefined;
  private readonly checks: PacedWork;
  private closed = false;

  constructor(
    private readonly signals: Signals,
    trades: TradeLog,
    sessions: SessionRepository,
    clock: Clock,
    policy: SessionPolicy,
    private readonly timers: Timers = systemTimers,
  ) {
    const startOrStop = (): void => this.startOrStop();
    this.checks = new PacedWork(() => this.checkAll(), timers);
    this.trades = new TradeWatches(trades, startOrStop, timers);
    this.sessions = new SessionWatches(sessions, clock, policy, startOrStop, timers);
  }

  /** Ends all watches without notifying the watchers. */
  close(): void {
    this.closed = true;
    this.trades.clear();
    this.sessions.clear();
    this.stop();
  }

  private startOrStop(): void {
    const needed = !this.closed && this.trades.size + this.sessions.size > 0;
    if (!needed) this.stop();
    else if (!this.unsubscribe) this.start();
  }

  private start(): void {
    this.unsubscribe = this.signals.subscribe(signal => this.handle(signal));
    this.stopTimer = this.timers.every(CHECK_INTERVAL, () => void this.checks.request());
  }

  private stop(): void {
    this.unsubscribe?.();
    this.unsubscribe = undefined;
    this.stopTimer?.();
  }

  private handle(signal: Signal): void | Promise<void> {
    if (signal.kind === 'missed') return this.checks.request();
    if (signal.kind === 'entries') this.trades.wake(signal.userIds);
    else this.sessions.confirm(signal.sessionIds);
  }

  /** Failures are ignored: the next interval checks again. */
  private async checkAll(): Promise<void> {
    if (this.unsubscribe) await Promise.allSettled([this.trades.check(), this.sessions.check()]);
  }
}
