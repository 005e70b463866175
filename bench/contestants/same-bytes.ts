import type { Answer } from './answer.js';

/** Returns the texts of an answer that differ from one answer to the next. */
export type Fresh = (answer: Answer) => readonly string[];

const ALWAYS_FRESH = /^((?:x-request-id|date): ).*$/gim;

/**
 * Compares two answers byte for byte, apart from the values of `X-Request-Id` and `Date` and from fresh texts. Returns the
 * first difference, or null.
 */
export function difference(one: Answer, other: Answer, fresh: Fresh = () => []): string | null {
  const [left, right] = [one, other].map(answer => masked(answer, fresh(answer)).split('\n')) as [string[], string[]];
  const length = Math.max(left.length, right.length);
  for (let line = 0; line < length; line += 1) {
    if (left[line] !== right[line]) return `line ${line + 1}:\n- ${shown(left[line])}\n+ ${shown(right[line])}`;
  }
  return null;
}

/** @throws Error with the first difference. */
export function assertSameBytes(
  names: readonly [string, string],
  answers: readonly [Answer, Answer],
  fresh?: Fresh,
): void {
  const found = difference(...answers, fresh);
  if (found) throw new Error(`${names[1]} did not return the same bytes as ${names[0]}: ${found}`);
}

/** As Latin-1, where every byte is a character. */
function masked({ bytes }: Answer, fresh: readonly string[]): string {
  const text = bytes.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const head = text.slice(0, end).replace(ALWAYS_FRESH, '$1*');
  return fresh.reduce((masked, each) => masked.replaceAll(each, '*'), head + text.slice(end));
}

const shown = (line: string | undefined): string => (line === undefined ? '(nothing)' : JSON.stringify(line));
