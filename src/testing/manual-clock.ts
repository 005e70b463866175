import type { Clock } from '../application/ports/driven/system.js';
import type { Timestamp } from '../domain/timestamp.js';
import { addSeconds, timestamp } from '../domain/timestamp.js';

/** A clock that moves only when `advance` is called. */
export class ManualClock implements Clock {
  constructor(private time: Timestamp = timestamp(Date.UTC(2026, 0, 31, 12))) {}

  /** Returns the time that was set. */
  now(): Timestamp {
    return this.time;
  }

  /** Moves the time forward. */
  advance(seconds: number): void {
    this.time = addSeconds(this.time, seconds);
  }
}
