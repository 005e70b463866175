import type { Id } from './id.js';
import type { Branded } from './text.js';
import { checkText } from './text.js';
import type { Timestamp } from './timestamp.js';
import { checkVisibleText } from './visible-text.js';

/** The name of a card: 1 to 100 code points on one line, at least one of them visible. */
export type CardName = Branded<'CardName'>;
/** The description of a card: at most 1,000 code points. */
export type CardDescription = Branded<'CardDescription'>;

/** A card with its owner at the moment of the answer. */
export interface Card {
  /** The id of the card: a UUID in lower case. */
  readonly id: Id;
  /** The id of the user who owns the card. */
  readonly ownerId: Id;
  /** 1 to 100 code points on one line. */
  readonly name: CardName;
  /** At most 1,000 code points; empty if none was given. */
  readonly description: CardDescription;
  /** When the card was created: RFC 3339, UTC, with milliseconds. */
  readonly createdAt: Timestamp;
}

/** Accepts 1 to 100 code points with the rules of `checkVisibleText`. */
export const parseCardName = (text: string): CardName => checkVisibleText(text, { min: 1, max: 100 }) as CardName;

/** Accepts 0 to 1,000 characters (code points). */
export const parseCardDescription = (text: string): CardDescription =>
  checkText(text, { min: 0, max: 1000 }) as CardDescription;
