import type { Id } from '../../../domain/id.js';

export interface IdGenerator {
  /** A new UUIDv7, greater than every one this process made before: lists rely on ids being in the order of time. */
  next(): Id;
}
