import type { Id } from './id.js';
import type { Branded } from './text.js';
import { checkText } from './text.js';
import type { Timestamp } from './timestamp.js';
import { checkVisibleText } from './visible-text.js';

export type CardName = Branded<'CardName'>;
export type CardDescription = Branded<'CardDescription'>;

export interface Card {
  readonly id: Id;
  readonly ownerId: Id;
  readonly name: CardName;
  readonly description: CardDescription;
  readonly createdAt: Timestamp;
}

/** Accepts 1 to 100 code points with the rules of `checkVisibleText`. */
export const parseCardName = (text: string): CardName => checkVisibleText(text, { min: 1, max: 100 }) as CardName;

/** Accepts 0 to 1,000 characters (code points). */
export const parseCardDescription = (text: string): CardDescription =>
  checkText(text, { min: 0, max: 1000 }) as CardDescription;
