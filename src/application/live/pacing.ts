import type { Timers } from '../ports/driven/system.js';
import { systemTimers } from './system-timers.js';

/**
 * Milliseconds from the end of one run to the begin of the next. The sockets of an ended session have to be closed
 * within a second.
 */
const PAUSE = 100;

/**
 * Runs `work` on request: one run at a time, with a pause after each. However many requests arrive, one more run is
 * scheduled at most, because signals can be forged in any number and each run costs queries. No timer of this class
 * keeps the process alive.
 */
export class PacedWork {
  private current: Promise<void> | undefined;
  private scheduled: Promise<void> | undefined;
  private endedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly work: () => Promise<unknown>,
    private readonly timers: Timers = systemTimers,
  ) {}

  /** Resolves at the end of a run that began after the call, and never rejects: failures of `work` are ignored. */
  request(): Promise<void> {
    this.scheduled ??= this.runNext();
    return this.scheduled;
  }

  private async runNext(): Promise<void> {
    await this.current;
    await this.pause(this.endedAt + PAUSE - this.timers.now());
    this.scheduled = undefined;
    this.current = this.run();
    await this.current;
  }

  private async run(): Promise<void> {
    try {
      await this.work();
    } catch {
      // Ignored, as documented.
    } finally {
      this.endedAt = this.timers.now();
    }
  }

  private async pause(milliseconds: number): Promise<void> {
    if (milliseconds > 0) await new Promise<void>(resolve => this.timers.after(milliseconds, resolve));
  }
}

/** Reads that signals may cause within `WINDOW` milliseconds without finding anything. More would be a load on the store. */
const READS = 1000;
const WINDOW = 1000;

/**
 * Limits the reads that forged signals cause in this process, however many users they name. A read that finds entries
 * does not count, so true signals do not use the limit up.
 */
export class ReadLimit {
  private left = READS;
  private endOfWindow = 0;

  constructor(private readonly timers: Timers = systemTimers) {}

  /** Returns whether a signal may cause another read. */
  spend(): boolean {
    const now = this.timers.now();
    if (now >= this.endOfWindow) {
      this.left = READS;
      this.endOfWindow = now + WINDOW;
    }
    if (this.left === 0) return false;
    this.left -= 1;
    return true;
  }

  /** For a read that found entries. */
  refund(): void {
    this.left = Math.min(this.left + 1, READS);
  }
}
