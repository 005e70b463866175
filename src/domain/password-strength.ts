import type { Part, Pattern } from './password-patterns.js';
import { findPatterns } from './password-patterns.js';
import { foldCase } from './text.js';
import { removeInvisible } from './visible-text.js';

/** The sum below which a password with patterns is refused. Eight characters without a pattern are enough. */
const ENOUGH = 7;
/** Characters that are judged. Folding can make a password longer than it was. */
const MAX_JUDGED = 160;

const DESCRIPTIONS: Readonly<Record<Pattern, string>> = {
  own: 'your name, e-mail address or username',
  product: 'a word that belongs to this service',
  common: 'a common password',
  repetition: 'a repetition',
  sequence: 'a sequence such as abc or 321',
  keyboard: 'a row of keys such as qwerty',
  year: 'a year',
  digits: 'digits',
};

/**
 * Returns what a password is little more than, as words for people, or null if it is hard enough to guess.
 *
 * The password is judged as people see it and without regard to case: invisible characters and spaces at its ends do not
 * count. It is divided into single characters, which count 1, and parts that follow a pattern, which count less, so that
 * the sum is smallest. A sum of 7 is enough, or one of `minLength` where that is less. Takes about 1 ms for 128
 * characters, whatever they are.
 */
export function findWeakness(password: string, ownWords: readonly string[], minLength: number): string | null {
  const characters = [...foldCase(removeInvisible(password))].slice(0, MAX_JUDGED);
  const { sum, patterns } = divide(characters.length, findPatterns(characters, ownWords));
  if (patterns.size === 0 || sum >= Math.min(ENOUGH, minLength)) return null;
  return new Intl.ListFormat('en').format([...patterns].reverse().map(pattern => DESCRIPTIONS[pattern]));
}

/** A division of the first characters of a password; `last` is the part at its end, null for a single character. */
interface Division {
  readonly sum: number;
  readonly before: Division | null;
  readonly last: Part | null;
}

/** Returns the smallest sum of all divisions, and the patterns of the division that has it. */
function divide(length: number, parts: readonly Part[]): { sum: number; patterns: ReadonlySet<Pattern> } {
  const byEnd: Part[][] = Array.from({ length: length + 1 }, () => []);
  for (const part of parts) byEnd[part.end]?.push(part);
  const best: Division[] = [{ sum: 0, before: null, last: null }];
  const at = (index: number): Division => {
    const division = best[index];
    if (!division) throw new RangeError(`no division up to ${index}`);
    return division;
  };
  for (let end = 1; end <= length; end += 1) {
    let smallest: Division = { sum: at(end - 1).sum + 1, before: at(end - 1), last: null };
    for (const part of byEnd[end] ?? []) {
      const sum = at(part.start).sum + part.cost;
      if (sum < smallest.sum) smallest = { sum, before: at(part.start), last: part };
    }
    best.push(smallest);
  }
  const patterns = new Set<Pattern>();
  for (let division: Division | null = at(length); division; division = division.before) {
    if (division.last) patterns.add(division.last.pattern);
  }
  return { sum: at(length).sum, patterns };
}
