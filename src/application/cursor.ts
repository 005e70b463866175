import { ValidationFailed } from '../domain/errors.js';
import type { Id } from '../domain/id.js';
import { parseId } from '../domain/id.js';

// Cursors are opaque to callers. The first letter distinguishes cursors of cards and of trades.

const notACursor = (): ValidationFailed =>
  ValidationFailed.of('must be a cursor from a page of this list (`next` or `latest`)', '/after');

export const formatCardCursor = (id: Id): string => `c${id.replaceAll('-', '')}`;

const CARD_CURSOR = /^c([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;

export function parseCardCursor(cursor: string): Id {
  const parts = CARD_CURSOR.exec(cursor);
  if (!parts) throw notACursor();
  return parseId(parts.slice(1).join('-'));
}

/** The error for a position that the log has not reached: waiting for the log to reach it would skip trades silently. */
export const cursorAhead = (): ValidationFailed =>
  ValidationFailed.of('is ahead of your trades; it is not a cursor of this list', '/after');

/** Returns the cursor for an entry's number in its user's log. */
export const formatTradeCursor = (number: number): string => `t${number.toString(36)}`;

export function parseTradeCursor(cursor: string): number {
  if (!/^t(?:0|[1-9a-z][0-9a-z]{0,10})$/.test(cursor)) throw notACursor();
  const number = Number.parseInt(cursor.slice(1), 36);
  if (!Number.isSafeInteger(number)) throw notACursor();
  return number;
}
