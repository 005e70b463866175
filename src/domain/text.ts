import { ValidationFailed } from './errors.js';

/**
 * Text that went through the rule of its kind: only that rule's `parse…` function makes one. The mark is for the
 * compiler alone; at run time it is a plain string.
 */
export type Branded<Kind extends string> = string & { readonly __kind: Kind };

/** Length in Unicode code points, which is what every limit of Tradepost counts in. */
export const codePoints = (text: string): number => {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
};

/**
 * Refuses what no store keeps faithfully: NUL (PostgreSQL refuses it) and lone surrogates (encoders turn them into
 * U+FFFD, so that different inputs would meet in one unique key).
 */
export function checkStorable(text: string): string {
  if (text.includes('\0')) throw ValidationFailed.of('must not contain the NUL character');
  if (!text.isWellFormed()) throw ValidationFailed.of('must be well-formed Unicode (it has a lone surrogate)');
  return text;
}

/** Storable text of `min` to `max` code points, otherwise as given. */
export function checkText(text: string, { min, max }: { min: number; max: number }): string {
  checkStorable(text);
  const length = codePoints(text);
  if (length < min || length > max) throw ValidationFailed.of(lengthRule(min, max));
  return text;
}

const lengthRule = (min: number, max: number): string =>
  min === 0 ? `must have at most ${max} characters` : `must have ${min} to ${max} characters`;
