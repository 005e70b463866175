import { COMMON_PASSWORDS, COMMON_SHORT_PASSWORDS } from './common-passwords/list.js';
import { foldCase } from './text.js';

/** What attackers try first. */
export type Pattern = 'own' | 'product' | 'common' | 'repetition' | 'sequence' | 'keyboard' | 'year' | 'digits';

/** A part of a password that follows a pattern: from the character `start` to before the character `end`. */
export interface Part {
  readonly start: number;
  readonly end: number;
  readonly pattern: Pattern;
  /** What the part counts, in characters that follow no pattern. */
  readonly cost: number;
}

/**
 * Returns all parts of a password that follow a pattern. They may overlap. `characters` are the code points of the folded
 * password; `ownWords` are texts of the account, which count with each of their words. The work grows with the square of
 * the length.
 */
export function findPatterns(characters: readonly string[], ownWords: readonly string[]): Part[] {
  // One UTF-16 unit for each code point, so that indices agree. No list has words with code points beyond 16 bits.
  const text = characters.map(character => (character.length === 1 ? character : '\uffff')).join('');
  return [
    ...findListedWords(text, ownWords),
    ...findRepetitions(characters),
    ...findSequences(characters),
    ...findKeyboardRows(text),
    ...findMatches(text, /(?=((?:19|20)\d\d))/g, 'year', () => 1),
    // The digits of telephone numbers and dates: ten possibilities each, where letters and signs have many more.
    ...findMatches(text, /(?<!\d)(\d{5,})/g, 'digits', length => Math.ceil((length * 2) / 3)),
  ];
}

/** Substitutions that make a word look less common. */
const SUBSTITUTED: Readonly<Record<string, string>> = {
  ...{ '4': 'a', '@': 'a', '8': 'b', '3': 'e', '6': 'g', '1': 'i', '!': 'i' },
  ...{ '0': 'o', $: 's', '5': 's', '7': 't', '+': 't' },
};
const PRODUCT_WORDS = ['tradepost', 'trade', 'post', 'card', 'cards'];
const SHORTEST_OWN_WORD = 3;
const SHORTEST_COMMON_PASSWORD = 4;

// Created on first use, because most processes that import Tradepost never register a user.
let commonPasswords: ReadonlySet<string> | undefined;
let longestCommonPassword = 0;

function findListedWords(text: string, ownWords: readonly string[]): Part[] {
  commonPasswords ??= new Set(`${COMMON_PASSWORDS} ${COMMON_SHORT_PASSWORDS}`.trim().split(/\s+/));
  longestCommonPassword ||= Math.max(...[...commonPasswords].map(word => word.length));
  const own = wordsOf(ownWords);
  const plain = text.replaceAll(/[^a-z]/g, sign => SUBSTITUTED[sign] ?? sign);
  return [...new Set([text, plain])].flatMap(forward => {
    const backward = [...forward].reverse().join('');
    return [
      ...findWords(forward, own),
      ...findWords(backward, own).map(({ start, end, ...part }) => ({
        ...part,
        start: text.length - end,
        end: text.length - start,
      })),
    ];
  });
}

function findWords(text: string, own: ReadonlySet<string>): Part[] {
  const parts: Part[] = [];
  for (const [words, pattern] of [
    [own, 'own'],
    [PRODUCT_WORDS, 'product'],
  ] as const) {
    for (const word of words) {
      for (let start = text.indexOf(word); start >= 0; start = text.indexOf(word, start + 1)) {
        parts.push({ start, end: start + word.length, pattern, cost: 0 });
      }
    }
  }
  for (let start = 0; start < text.length; start += 1) {
    const last = Math.min(text.length, start + longestCommonPassword);
    for (let end = start + SHORTEST_COMMON_PASSWORD; end <= last; end += 1) {
      if (commonPasswords?.has(text.slice(start, end))) parts.push({ start, end, pattern: 'common', cost: 2 });
    }
  }
  return parts;
}

/** The texts as they are, and their words: what is between signs, and between letters and digits. */
function wordsOf(texts: readonly string[]): ReadonlySet<string> {
  const folded = texts.map(foldCase);
  const words = folded.flatMap(text => text.match(/[\p{L}\p{M}]+|\p{N}+/gu) ?? []);
  return new Set([...folded, ...words].filter(word => word.length >= SHORTEST_OWN_WORD));
}

/** Parts of three and more characters that occur before in the password, also directly before: `abcabcabc`, `aaaa`. */
function findRepetitions(characters: readonly string[]): Part[] {
  const count = characters.length;
  const parts: Part[] = [];
  // shared[i]: how many characters from `earlier` on and from i on are the same.
  let shared = new Uint8Array(count + 1);
  const longest = new Uint8Array(count);
  for (let earlier = count - 1; earlier >= 0; earlier -= 1) {
    const next = new Uint8Array(count + 1);
    for (let later = count - 1; later > earlier; later -= 1) {
      if (characters[earlier] !== characters[later]) continue;
      next[later] = (shared[later + 1] ?? 0) + 1;
      longest[later] = Math.max(longest[later] ?? 0, next[later] ?? 0);
    }
    shared = next;
  }
  longest.forEach((length, start) => {
    parts.push(
      ...everyEnd(start, start + length, 3).map(end => ({ start, end, pattern: 'repetition' as const, cost: 1 })),
    );
  });
  return parts;
}

/** Three and more characters whose code points go up or down by one. */
function findSequences(characters: readonly string[]): Part[] {
  const codes = characters.map(character => character.codePointAt(0) ?? 0);
  const step = (index: number): number => (codes[index + 1] ?? Number.NaN) - (codes[index] ?? Number.NaN);
  return codes.flatMap((_, start) => {
    const first = step(start);
    if (Math.abs(first) !== 1) return [];
    let end = start + 2;
    while (step(end - 1) === first) end += 1;
    return everyEnd(start, end, 3).map(each => ({ start, end: each, pattern: 'sequence' as const, cost: 2 }));
  });
}

const KEYBOARD_ROWS = [
  ...['1234567890', '!@#$%^&*()', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm', 'qwertzuiop', 'yxcvbnm'],
  ...['azertyuiop', 'qsdfghjklm', 'wxcvbn', 'йцукенгшщзхъ', 'фывапролджэ', 'ячсмитьбю'],
  // Columns, zigzags and the number pad.
  ...[
    '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik',
    'qazwsxedcrfvtgbyhnujmikolp',
    '1q2w3e4r5t6y7u8i9o0p',
    '147258369',
    '13579',
    '24680',
  ],
];
const KEYBOARD = KEYBOARD_ROWS.flatMap(row => [row, [...row].reverse().join('')]).join('\n');

function findKeyboardRows(text: string): Part[] {
  return [...text].flatMap((_, start) => {
    let end = start + 2;
    while (end < text.length && KEYBOARD.includes(text.slice(start, end + 1))) end += 1;
    return everyEnd(start, end, 3).map(each => ({ start, end: each, pattern: 'keyboard' as const, cost: 2 }));
  });
}

const findMatches = (text: string, expression: RegExp, pattern: Pattern, cost: (length: number) => number): Part[] =>
  [...text.matchAll(expression)].map(({ index, 1: matched = '' }) => ({
    start: index,
    end: index + matched.length,
    pattern,
    cost: cost(matched.length),
  }));

/** All ends of a part that starts at `start`, ends at `end` at the latest, and has at least `shortest` characters. */
const everyEnd = (start: number, end: number, shortest: number): number[] =>
  Array.from({ length: Math.max(0, end - start - shortest + 1) }, (_, index) => start + shortest + index);
