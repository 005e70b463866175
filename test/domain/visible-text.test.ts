import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCardName } from '../../src/domain/card.js';
import { ValidationFailed } from '../../src/domain/errors.js';
import { parsePersonName } from '../../src/domain/user.js';
import { removeInvisible } from '../../src/domain/visible-text.js';
import { CODE_POINTS } from '../support/unicode.js';

/** Default_Ignorable_Code_Point of Unicode 17 (DerivedCoreProperties.txt), annotations and blank symbols, written out. */
const HIDDEN_RANGES = [
  [0xad, 0xad],
  [0x34f, 0x34f],
  [0x61c, 0x61c],
  [0x115f, 0x1160],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x200b, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x206f],
  [0x2800, 0x2800],
  [0x3164, 0x3164],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  [0x16fe4, 0x16fe4],
  [0x1bca0, 0x1bca3],
  [0x1d159, 0x1d159],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
] as const;
/** C0, DEL and C1 controls, and the separators of lines and paragraphs. */
const CONTROL_RANGES = [
  [0x00, 0x1f],
  [0x7f, 0x9f],
  [0x2028, 0x2029],
] as const;

const isIn = (ranges: readonly (readonly [number, number])[], character: string): boolean => {
  const code = character.codePointAt(0) ?? 0;
  return ranges.some(([first, last]) => first <= code && code <= last);
};

const isAccepted = (text: string): boolean => {
  try {
    return parsePersonName(text) === text;
  } catch (error) {
    if (error instanceof ValidationFailed) return false;
    throw error;
  }
};

const hidden = CODE_POINTS.filter(character => isIn(HIDDEN_RANGES, character));
const bidirectional = ['\u061c', '\u200e', '\u200f', ...'\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069'];

const nameOf = (character: string): string => `U+${character.codePointAt(0)?.toString(16)}`;
const isShown = (character: string): boolean => !isIn(HIDDEN_RANGES, character) && !isIn(CONTROL_RANGES, character);

/** Returns which of the code points are refused. Joins them into names of 40 first, because nearly all are accepted. */
function findRefused(characters: readonly string[]): string[] {
  const names = Array.from({ length: Math.ceil(characters.length / 40) }, (_, index) =>
    characters.slice(index * 40, index * 40 + 40),
  );
  return names
    .filter(name => !isAccepted(`a${name.join('a')}b`))
    .flatMap(name => name.filter(character => !isAccepted(`a${character}b`)));
}

describe('over all of Unicode, a name', () => {
  it('between Latin letters has exactly the code points that are neither controls nor hidden', () => {
    expect(findRefused(CODE_POINTS.filter(isShown)).map(nameOf)).toEqual([]);
    const refused = CODE_POINTS.filter(character => !isShown(character));
    expect(refused.length).toBeGreaterThan(4000);
    expect(refused.filter(character => isAccepted(`a${character}b`)).map(nameOf)).toEqual([]);
  });

  it('of one code point is neither a space, a mark, a format character, a control nor hidden', () => {
    // Unassigned and private code points are all alike; the planes that have nothing else are left out.
    const wrong = CODE_POINTS.filter(character => (character.codePointAt(0) ?? 0) < 0x33500).filter(character => {
      const shows = isShown(character) && !/[\p{Cf}\p{Z}\p{M}]/u.test(character);
      return isAccepted(character) !== shows;
    });
    expect(wrong.map(nameOf)).toEqual([]);
  });

  it('of nothing but hidden code points and spaces is refused', () => {
    const invisible = fc.array(fc.constantFrom(...hidden, ' ', '\u00a0', '\u3000'), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(invisible, characters => !isAccepted(characters.join(''))),
      { numRuns: 1000, seed: 1 },
    );
  });

  it('has no bidirectional control, wherever it is', () => {
    const letters = fc.string({ unit: 'grapheme', maxLength: 10 });
    fc.assert(
      fc.property(
        letters,
        fc.constantFrom(...bidirectional),
        letters,
        (before, control, after) => !isAccepted(before + control + after),
      ),
      { numRuns: 1000, seed: 2 },
    );
  });

  it('differs visibly from every other: two Latin names with hidden code points are not both accepted', () => {
    const latin = fc.string({ unit: fc.constantFrom(...'abcABCéß -'), minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(
        latin,
        fc.constantFrom(...hidden),
        latin,
        (before, character, after) => !isAccepted(before + character + after),
      ),
      { numRuns: 3000, seed: 3 },
    );
  });
});

describe.each([
  ['a name', parsePersonName],
  ['a card name', parseCardName],
] as const)('%s', (_what, parse) => {
  it.each([
    'Ann Lee',
    'Zoë “Zo” O’Neil-Müller',
    'X Æ A-12',
    '李小龍',
    '葛\u{e0100}城', // an ideograph with a variation selector
    'محمد علی',
    'می\u200cخواهم', // Persian with ZWNJ
    'श्री', // Devanagari
    'क्\u200dष', // half form by ZWJ
    'ශ්\u200dරී', // Sinhala with ZWJ
    'അവന്\u200d', // Malayalam, ZWJ at the end
    'র\u200d্যাব', // Bengali, ZWJ behind a letter
    'ᠮᠣᠩᠭᠣᠯ\u180b', // Mongolian with a variation selector
    '👩🏽\u200d🚀',
    '👨\u200d👩\u200d👧\u200d👦',
    '❤\ufe0f',
    '☎\ufe0e',
    '❤\ufe0f\u200d🔥',
    '🏳\ufe0f\u200d⚧\ufe0f',
    '👁\ufe0f\u200d🗨\ufe0f',
    '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}', // the flag of Scotland
    '🇳🇴 3\ufe0f\u20e3',
    '🐻\u200d❄\ufe0f',
  ])('is accepted and kept unchanged: %j', text => {
    expect(parse(text)).toBe(text);
  });

  it.each([
    ['A\u200dnn', 'U+200D'],
    ['Ann\u200c', 'U+200C'],
    ['\u200d🚀', 'U+200D'],
    ['🚀\u200d', 'U+200D'],
    ['🚀\u200dA', 'U+200D'],
    ['A\ufe0fnn', 'U+FE0F'],
    ['3\ufe0f', 'U+FE0F'],
    ['A\u{e0100}', 'U+E0100'],
    ['می\u200c\u200cخواهم', 'U+200C'],
    ['A\u{e0041}', 'U+E0041'],
    ['🏴\u{e0067}\u{e0062}', 'U+E0067'],
    ['An\u202en', 'U+202E'],
    ['\u2067Ann\u2069', 'U+2067'],
    ['An\u00adn', 'U+00AD'],
    ['\u3164', 'U+3164'],
    ['A\nnn', 'U+000A'],
    ['A\u0085nn', 'U+0085'],
    ['A\u2029nn', 'U+2029'],
  ])('is refused, and the error names the character: %j', (text, name) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'validation_failed' }));
    expect(() => parse(text)).toThrow(`remove ${name}`);
  });

  it.each(['', ' ', '\u00a0 \u3000', '\u0301', '\u0600'])('without a visible character is refused: %j', text => {
    expect(() => parse(text)).toThrow(/at least one visible character|1 to 100/);
  });
});

describe('a joiner and a non-joiner', () => {
  it.each([
    ['Arabic', 'ب'],
    ['Syriac', 'ܒ'],
    ['N’Ko', 'ߊ'],
    ['Mandaic', 'ࡀ'],
    ['Adlam', '𞤀'],
    ['Mongolian', 'ᠠ'],
    ['Phags-pa', 'ꡀ'],
    ['Devanagari', 'क'],
    ['Bengali', 'ক'],
    ['Gurmukhi', 'ਕ'],
    ['Gujarati', 'ક'],
    ['Odia', 'କ'],
    ['Tamil', 'க'],
    ['Telugu', 'క'],
    ['Kannada', 'ಕ'],
    ['Malayalam', 'ക'],
    ['Sinhala', 'ක'],
    ['Khmer', 'ក'],
    ['Burmese', 'က'],
    ['Tibetan', 'ཀ'],
    ['Balinese', 'ᬓ'],
    ['Javanese', 'ꦏ'],
    ['Newa', '𑐎'],
    ['Meetei Mayek', 'ꯀ'],
    ['Chakma', '𑄇'],
  ])('are accepted behind a letter of %s', (_script, letter) => {
    expect(isAccepted(`${letter}\u200d${letter}`)).toBe(true);
    expect(isAccepted(`${letter}\u200c${letter}`)).toBe(true);
    expect(isAccepted(`\u200d${letter}`)).toBe(false);
  });

  it.each([
    ['Latin', 'a'],
    ['Greek', 'α'],
    ['Cyrillic', 'я'],
    ['Armenian', 'ա'],
    ['Georgian', 'ა'],
    ['Hebrew', 'א'],
    ['Thai', 'ก'],
    ['Han', '葛'],
    ['Hiragana', 'あ'],
    ['Hangul', '한'],
  ])('are refused behind a letter of %s, which they do not change', (_script, letter) => {
    expect(isAccepted(`${letter}\u200d${letter}`)).toBe(false);
    expect(isAccepted(`${letter}\u200c${letter}`)).toBe(false);
  });
});

it.each([
  ['an ideograph', '葛', ['\ufe00', '\ufe01', '\ufe02', '\u{e0100}', '\u{e01ef}']],
  ['a Mongolian letter', 'ᠠ', ['\u180b', '\u180c', '\u180d', '\u180e', '\u180f', '\ufe00']],
  ['a letter of Phags-pa', 'ꡖ', ['\u180b', '\u180c', '\u180d', '\u180e', '\u180f', '\ufe00']],
  ['a Burmese letter', 'က', ['\ufe00']],
  ['a Latin letter', 'A', []],
  ['a Devanagari letter', 'क', []],
])('a name has behind %s the variation selectors that change it, and no other', (_letter, letter, selectors) => {
  const all = ['\u180b', '\u180c', '\u180d', '\u180e', '\u180f', '\ufe00', '\ufe01', '\ufe02', '\ufe03', '\ufe0f'];
  const accepted = [...all, '\u{e0100}', '\u{e01ef}'].filter(selector => isAccepted(letter + selector));
  expect(accepted.map(nameOf).sort()).toEqual(selectors.map(nameOf).sort());
});

it('text without what is invisible has no hidden code point, and no space at its ends', () => {
  for (const character of hidden) expect(removeInvisible(` a${character}b\u00a0`)).toBe('ab');
  expect(removeInvisible('\ufeff two words\t')).toBe('two words');
});
