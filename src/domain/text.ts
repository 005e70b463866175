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

/**
 * Returns the form in which text that differs only in case or compatibility is equal: composed and decomposed letters,
 * full-width letters and ligatures (NFKC), both cases of every letter, and letters that share an upper case, such as
 * final sigma, dotless i and long s. Upper and lower case of NFC text have the same form. Does not depend on locales.
 *
 * Lower case of upper case, and not the table of full case folding (Unicode 3.13, D145), because that keeps dotless i
 * apart from I, its upper case. Final sigma is replaced, because lower-casing chooses it by position.
 */
export function foldCase(text: string): string {
  let folded = text;
  // A case mapping may yield text that is not in NFKC, whose normalised form has another case mapping. The test over all
  // of Unicode needs two rounds.
  for (let round = 0; round < 5; round += 1) {
    const next = folded.normalize('NFKC').toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC');
    if (next === folded) return folded;
    folded = next;
  }
  return folded;
}
