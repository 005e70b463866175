import { ValidationFailed } from './errors.js';

/**
 * Text that was checked against the rule of its kind: only the `parse…` function of that kind returns it. The brand
 * exists for the compiler only; at run time it is a plain string.
 */
export type Branded<Kind extends string> = string & { readonly __kind: Kind };

/** Returns the length in Unicode code points, the unit of every length limit of Tradepost. */
export const countCodePoints = (text: string): number => {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
};

/**
 * Refuses text that not every store keeps unchanged: NUL (PostgreSQL refuses it) and lone surrogates (encoders replace
 * them by U+FFFD, so that different inputs would become one unique key).
 */
export function checkStorable(text: string): string {
  if (text.includes('\0')) throw ValidationFailed.of('must not contain the NUL character');
  if (!text.isWellFormed()) throw ValidationFailed.of('must be well-formed Unicode (it has a lone surrogate)');
  return text;
}

/** Checks that the text can be stored and has `min` to `max` code points. Returns it unchanged. */
export function checkText(text: string, { min, max }: { min: number; max: number }): string {
  checkStorable(text);
  const length = countCodePoints(text);
  if (length < min || length > max) throw ValidationFailed.of(describeLength(min, max));
  return text;
}

const describeLength = (min: number, max: number): string =>
  min === 0 ? `must have at most ${max} characters` : `must have ${min} to ${max} characters`;
