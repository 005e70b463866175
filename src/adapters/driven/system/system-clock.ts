import type { Clock } from '../../../application/ports/driven/system.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import { timestamp } from '../../../domain/timestamp.js';

export class SystemClock implements Clock {
  now(): Timestamp {
    return timestamp(Date.now());
  }
}
