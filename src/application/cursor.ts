import { ValidationFailed } from '../domain/errors.js';
import type { Id } from '../domain/id.js';
import { parseId } from '../domain/id.js';

// Cursors are opaque to callers. The letter in front keeps one list's cursor from being taken for another's.

const malformed = (): ValidationFailed =>
  ValidationFailed.of('must be a cursor that this list gave out (`next` or `latest` of a page)', '/after');

export const cardCursor = (id: Id): string => `c${id.replaceAll('-', '')}`;

const CARD_CURSOR = /^c([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/;

export function parseCardCursor(cursor: string): Id {
  const parts = CARD_CURSOR.exec(cursor);
  if (!parts) throw malformed();
  return parseId(parts.slice(1).join('-'));
}

/** Stands for an entry's number in its user's log. */
export const tradeCursor = (number: number): string => `t${number.toString(36)}`;

export function parseTradeCursor(cursor: string): number {
  if (!/^t(?:0|[1-9a-z][0-9a-z]{0,10})$/.test(cursor)) throw malformed();
  const number = Number.parseInt(cursor.slice(1), 36);
  if (!Number.isSafeInteger(number)) throw malformed();
  return number;
}
