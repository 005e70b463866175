import { ValidationFailed } from '../domain/errors.js';
import type { Id } from '../domain/id.js';
import { parseId } from '../domain/id.js';

// Cursors are opaque to callers. The first letter distinguishes cursors of cards, of sessions and of trades.

const notACursor = (): ValidationFailed =>
  ValidationFailed.of('must be a cursor from a page of this list (`next` or `latest`)', '/after');

const ID_CURSOR = /^([cs])([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;

function parseIdCursor(letter: 'c' | 's', cursor: string): Id {
  const [, found, ...parts] = ID_CURSOR.exec(cursor) ?? [];
  if (found !== letter) throw notACursor();
  return parseId(parts.join('-'));
}

export const formatCardCursor = (id: Id): string => `c${id.replaceAll('-', '')}`;
export const parseCardCursor = (cursor: string): Id => parseIdCursor('c', cursor);

/** A session's cursor stays valid after the session has ended, because it is compared and not looked up. */
export const formatSessionCursor = (id: Id): string => `s${id.replaceAll('-', '')}`;
export const parseSessionCursor = (cursor: string): Id => parseIdCursor('s', cursor);

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
