import type { Clock, Timestamp } from '../../src/index.js';
import { timestamp } from '../../src/index.js';

/** The time of the system, plus what `advance` added. */
export class AdvancingClock implements Clock {
  private ahead = 0;

  now(): Timestamp {
    return timestamp(Date.now() + this.ahead);
  }

  advance(seconds: number): void {
    this.ahead += seconds * 1000;
  }
}
