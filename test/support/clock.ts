import type { Clock, Timestamp } from '../../src/index.js';
import { timestamp } from '../../src/index.js';

/** A clock that follows the real one and can be put forward. */
export class AdvancingClock implements Clock {
  private ahead = 0;

  now(): Timestamp {
    return timestamp(Date.now() + this.ahead);
  }

  advance(seconds: number): void {
    this.ahead += seconds * 1000;
  }
}
