import type { Timestamp } from '../../../domain/timestamp.js';

export interface Clock {
  now(): Timestamp;
}
