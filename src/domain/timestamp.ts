import type { Branded } from './text.js';

/**
 * An RFC 3339 timestamp in UTC with milliseconds (`2026-01-31T12:00:00.000Z`). All have the same width, so they compare
 * as text in time order, and go from a store to a response without being parsed.
 */
export type Timestamp = Branded<'Timestamp'>;

/** Returns the timestamp for a number of milliseconds since 1970-01-01 UTC. */
export const timestamp = (milliseconds: number): Timestamp => new Date(milliseconds).toISOString() as Timestamp;

/** Returns the timestamp `seconds` later; earlier if `seconds` is negative. */
export const addSeconds = (from: Timestamp, seconds: number): Timestamp => timestamp(Date.parse(from) + seconds * 1000);

/** Returns the seconds from one timestamp to another; negative if the second is earlier. */
export const secondsBetween = (from: Timestamp, to: Timestamp): number => (Date.parse(to) - Date.parse(from)) / 1000;
