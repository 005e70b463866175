import { v7 } from 'uuid';
import type { IdGenerator } from '../../../application/ports/driven/system.js';
import type { Id } from '../../../domain/id.js';

/** UUIDv7 of the `uuid` package, which counts up within a millisecond and when the clock is set back. */
export class UuidGenerator implements IdGenerator {
  next(): Id {
    return v7() as Id;
  }
}
