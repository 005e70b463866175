import { v7 } from 'uuid';
import type { Clock, IdGenerator } from '../../../application/ports/driven/system.js';
import type { Id } from '../../../domain/id.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import { timestamp } from '../../../domain/timestamp.js';

export class SystemClock implements Clock {
  now(): Timestamp {
    return timestamp(Date.now());
  }
}

/** UUIDv7 of the `uuid` package: ids increase within a millisecond too, and when the clock is set back. */
export class UuidGenerator implements IdGenerator {
  next(): Id {
    return v7() as Id;
  }
}
