import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEmailAddress } from '../../src/domain/email-address.js';
import { ValidationFailed } from '../../src/domain/errors.js';
import { foldCase } from '../../src/domain/text.js';
import { CODE_POINTS } from '../support/unicode.js';

describe('an e-mail address', () => {
  it.each([
    ['ann@example.org', 'ann@example.org'],
    ['Ann.Lee+cards@Example.ORG', 'ann.lee+cards@example.org'],
    ['ａｎｎ＠example.org', 'ann@example.org'], // full width, including the @
    ['\u212Aelvin@example.org', 'kelvin@example.org'], // the Kelvin sign
    ['e\u0301ve@example.org', 'éve@example.org'], // e and a combining accent
    ['ﬁnn@example.org', 'finn@example.org'], // a ligature
  ])('%j is stored as %j', (written, stored) => {
    expect(parseEmailAddress(written)).toBe(stored);
  });

  it('does not change when its stored form is parsed again', () => {
    const stored = parseEmailAddress('İﬁＡ\u0345@EXAMPLE.org');
    expect(parseEmailAddress(stored)).toBe(stored);
  });

  it.each([
    '',
    'ann',
    '@example.org',
    'ann@',
    'ann@lee@example.org',
    'ann lee@example.org',
    'ann@example.org ',
    'ann\n@example.org',
    'ann\0@example.org',
    'ann\u200b@example.org', // zero width space
    'ann\u202e@example.org', // right-to-left override
    'ann\u00a0@example.org', // no-break space
    '\ud800@example.org', // lone surrogate
    'an\u034fn@example.org', // combining grapheme joiner
    'ann\ufe0f@example.org', // variation selector
    'ann\u3164@example.org', // Hangul filler
    'ann\u2800@example.org', // Braille blank
    'ann\ue000@example.org', // private use
    'ann\u0378@example.org', // unassigned
    '\u00a8@example.org', // NFKC turns it into a space and a combining mark
  ])('%j is refused', written => {
    expect(() => parseEmailAddress(written)).toThrow(ValidationFailed);
  });

  it('has at most 64 code points before the @ and 254 in all', () => {
    const domain = (length: number) => `${'d'.repeat(length - 4)}.org`;
    expect(parseEmailAddress(`${'😀'.repeat(64)}@${domain(189)}`)).toHaveLength(64 + 254);
    expect(() => parseEmailAddress(`${'a'.repeat(65)}@example.org`)).toThrow('at most 64');
    expect(() => parseEmailAddress(`${'a'.repeat(64)}@${domain(190)}`)).toThrow('at most 254');
  });
});

const FORMS = ['NFC', 'NFD', 'NFKC', 'NFKD'] as const;
const variantsOf = (text: string): string[] => [
  text.toUpperCase(),
  text.toLowerCase(),
  text.toUpperCase().toLowerCase(),
  text.toLowerCase().toUpperCase(),
  ...FORMS.map(form => text.normalize(form)),
];
const keyOf = (local: string): string => parseEmailAddress(`${local}@example.org`);

/** The code points that an address may have, as one character or several after folding. */
const HIDDEN = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}\u{16fe4}]/u;
const VISIBLE = CODE_POINTS.filter(character => !HIDDEN.test(character));
/** Those with another case or form. */
const CHANGING = VISIBLE.filter(character => variantsOf(character).some(variant => variant !== character));

describe('the key of an e-mail address', () => {
  it('is the same for upper and lower case and for every normal form of every code point', () => {
    const wrong = CHANGING.filter(character => {
      const key = foldCase(character);
      return [key, ...variantsOf(character)].some(variant => foldCase(variant) !== key);
    });
    expect(wrong).toEqual([]);
    expect(CHANGING.length).toBeGreaterThan(15_000);
    expect(VISIBLE.filter(character => foldCase(foldCase(character)) !== foldCase(character))).toEqual([]);
  });

  it('is that of one account for each letter with two cases', () => {
    for (const letter of 'ßẞıİſKςσΣǅÅǰŉΐկԱᏸꭰⓐ𐐀') {
      for (const variant of variantsOf(letter)) expect(keyOf(variant), variant).toBe(keyOf(letter));
    }
  });

  it('does not depend on the position of a letter: final sigma is sigma everywhere', () => {
    expect(keyOf('νίκος.α.ΝΊΚΟΣ')).toBe('νίκοσ.α.νίκοσ@example.org');
  });

  it('has no code point that is invisible, a space, private or unassigned', () => {
    // The planes without assigned characters are left out: all their code points are alike.
    const hidden = CODE_POINTS.filter(character => HIDDEN.test(character) && (character.codePointAt(0) ?? 0) < 0x33500);
    expect(hidden.length).toBeGreaterThan(20_000);
    for (const character of [...hidden, '\u{e0041}', '\u{e0100}', '\u{10fffd}', '\u{10ffff}']) {
      expect(() => keyOf(`a${character}b`), character).toThrow(ValidationFailed);
    }
  });

  const letters = [...CHANGING, ...VISIBLE.filter(character => /\p{M}/u.test(character))];
  const text = fc
    .array(fc.constantFrom(...letters), { minLength: 1, maxLength: 8 })
    .map(characters => characters.join('').normalize('NFC'));

  it('is the same for upper and lower case and for every normal form of any text in NFC', () => {
    fc.assert(
      fc.property(text, written => {
        const key = foldCase(written);
        for (const variant of [key, ...variantsOf(written)]) expect(foldCase(variant)).toBe(key);
      }),
      { numRuns: 3000, seed: 20 },
    );
  });

  it.each([
    ['a', 'а'],
    ['o', 'ο'],
    ['l', 'I'],
    ['é', 'e'],
    ['ø', 'o'],
    ['β', 'ß'],
    ['z', 'ʒ'],
    ['ə', 'e'],
  ])('differs for different letters: %s and %s', (one, other) => expect(keyOf(one)).not.toBe(keyOf(other)));

  it('differs from NFKC in lower case, as addresses were stored before, for 85 code points only', () => {
    const before = (character: string) => character.normalize('NFKC').toLowerCase().normalize('NFKC');
    const changed = VISIBLE.filter(character => foldCase(character) !== before(character));
    expect(changed).toHaveLength(85);
    // Sharp s, dotless i, final sigma, letters with iota subscript, and Cyrillic letters of old manuscripts.
    const causes = changed.map(character =>
      character
        .normalize('NFKD')
        .toLowerCase()
        .replaceAll(/(?!\u0345)\p{M}/gu, ''),
    );
    const expected = /^(?:ß|ı|ς|[αηω ]?\u0345|[\u1c80-\u1c88])$/u;
    expect(causes.filter(cause => !expected.test(cause))).toEqual([]);
  });
});
