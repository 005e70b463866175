import type { Clock, Timers } from '../../application/ports/driven/system.js';
import { timestamp } from '../../domain/timestamp.js';
import type { SeededRandom } from './random.js';

interface Event {
  readonly at: number;
  /** Decides the order of events that are due in the same millisecond. */
  readonly turn: number;
  task: (() => void) | null;
}

/** Milliseconds, more than any run needs. A run beyond it does not end by itself. */
const LONGEST_RUN = 15 * 60 * 1000;

const START = Date.UTC(2026, 0, 31, 12);

/**
 * The time of one run, in milliseconds. It passes only in `run`, which carries out one event after the other; the seed
 * decides the order of those due at the same time. Before the next event, every promise that can settle has settled.
 */
export class VirtualTime implements Timers {
  private milliseconds = 0;
  private jumped = 0;
  /** In the order in which they are due, the next one last. */
  private readonly events: Event[] = [];

  constructor(private readonly random: SeededRandom) {}

  /** What Tradepost takes for the time of day. `jump` sets it forward; no timer notices. */
  readonly clock: Clock = { now: () => timestamp(START + this.milliseconds + this.jumped) };

  now(): number {
    return this.milliseconds;
  }

  after(milliseconds: number, task: () => void): () => void {
    const event: Event = { at: this.milliseconds + Math.max(0, milliseconds), turn: this.random.next(), task };
    let low = 0;
    let high = this.events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.events[middle];
      if (other && (other.at > event.at || (other.at === event.at && other.turn > event.turn))) low = middle + 1;
      else high = middle;
    }
    this.events.splice(low, 0, event);
    return () => {
      event.task = null;
    };
  }

  every(milliseconds: number, task: () => void): () => void {
    let cancel: () => void;
    const next = (): void => {
      cancel = this.after(milliseconds, () => {
        next();
        task();
      });
    };
    next();
    return () => cancel();
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise(resolve => this.after(milliseconds, resolve));
  }

  /** Sets the clock forward, as an operator or a time server does. */
  jump(milliseconds: number): void {
    this.jumped += milliseconds;
  }

  /** Carries out events until the promise settles. @throws Error if it cannot settle any more, or takes too long */
  async run(promise: Promise<unknown>): Promise<void> {
    let isDone = false;
    const done = promise.finally(() => {
      isDone = true;
    });
    // Reported below. Until then the rejection must not count as unhandled.
    done.catch(() => undefined);
    for (;;) {
      await settle();
      if (isDone) return void (await done);
      const event = this.events.pop();
      if (!event) throw new Error('no event is left, but a client still waits');
      this.milliseconds = event.at;
      if (event.at > LONGEST_RUN) throw new Error(`the run did not end within ${LONGEST_RUN / 60_000} minutes`);
      event.task?.();
    }
  }
}

/** An immediate runs after all promises that can settle have settled, so promises never overtake events. */
const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve));
