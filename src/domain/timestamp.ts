import type { Branded } from './text.js';

/**
 * A moment as RFC 3339 text, UTC, with milliseconds (`2026-01-31T12:00:00.000Z`). All have the same width, so they
 * compare as text in the order of time, and travel from a store to the wire without being parsed.
 */
export type Timestamp = Branded<'Timestamp'>;

export const timestamp = (milliseconds: number): Timestamp => new Date(milliseconds).toISOString() as Timestamp;

/** The moment `seconds` later (earlier, where negative). */
export const addSeconds = (from: Timestamp, seconds: number): Timestamp => timestamp(Date.parse(from) + seconds * 1000);
