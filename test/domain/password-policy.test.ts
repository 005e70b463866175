import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findPatterns } from '../../src/domain/password-patterns.js';
import { checkNewPassword, parsePassword } from '../../src/domain/password-policy.js';
import { findWeakness } from '../../src/domain/password-strength.js';
import { PASSPHRASES } from '../support/passphrases.js';

const owner = { email: 'ann.lee@example.org', username: 'AnnTheGreat', name: 'Ann Łęcka' };
const check = (text: string, minLength = 8) => checkNewPassword(parsePassword(text), owner, { minLength });

describe('a password', () => {
  it('is the same composed and decomposed, and otherwise unchanged', () => {
    expect(parsePassword('pe\u0301che-melba')).toBe(parsePassword('p\u00e9che-melba'));
    expect(parsePassword('\ufb01nch tower')).not.toBe(parsePassword('finch tower'));
    expect(parsePassword('  spaces count  ')).toBe('  spaces count  ');
  });

  it('has at most 128 code points', () => {
    expect(parsePassword('😀'.repeat(128))).toHaveLength(256);
    expect(() => parsePassword('x'.repeat(129))).toThrow('at most 128');
  });

  it('has neither NUL nor lone surrogates', () => {
    expect(() => parsePassword('a\0bcdefgh')).toThrow('NUL');
    expect(() => parsePassword('a\ud800bcdefgh')).toThrow('surrogate');
  });
});

describe('a new password', () => {
  // First, because the lists of common passwords are read once for a process, by the first password that is checked.
  it('is not one of the common passwords, from the shortest to the longest', () => {
    for (const text of ['pass', 'password', 'drowssap', 'ivanov', '12345678900987654321']) {
      expect(() => check(text, 4), text).toThrow('a common password');
    }
  });

  it('has at least as many code points as configured', () => {
    expect(() => check('😀🐈🛋🎻🌙🧦🍋🚲')).not.toThrow();
    expect(() => check('😀🐈🛋🎻🌙🧦🍋')).toThrow('at least 8');
    expect(() => check('correct horse', 15)).toThrow('at least 15');
  });

  it('counts neither invisible code points nor spaces at its ends', () => {
    expect(() => check('abckfm9\u200b')).toThrow('at least 8');
    expect(() => check(' \ufeffabckfm9 ')).toThrow('at least 8');
    expect(() => check('\u200b'.repeat(20))).toThrow('at least 8');
    expect(() => check(' '.repeat(20))).toThrow('at least 8');
  });

  it('may be shorter than eight characters where the policy allows it, unless a pattern makes it', () => {
    expect(() => check('kfm9', 4)).not.toThrow();
    expect(() => check('aaaa', 4)).toThrow('a repetition');
    // A year counts 1: 5 in all.
    expect(() => check('kfmx2024', 4)).not.toThrow();
    expect(() => check('kfmx2024')).toThrow('a year');
  });

  it.each([
    ...['ann.lee@example.org', 'ANN.LEE@example.org', 'annthegreat', 'AnnTheGreat', 'AnnTheGreat2024!', 'ann12345'],
    ...['lee.1990!', 'annlee99', 'Łęcka12345', 'łęcka-łęcka', 'taerGehTnnA1', '4nnTh3Gr34t', 'example2024'],
    ...['annthegreat48213', 'ann.lee@example.org7', 'ＡｎｎＴｈｅＧｒｅａｔ'],
  ])('%j is refused for the words of its owner', text => {
    expect(() => check(text)).toThrow('your name, e-mail address or username');
  });

  it('may have words of its owner that are shorter than three letters', () => {
    const text = parsePassword('bokrbotvbowz');
    expect(() => checkNewPassword(text, { ...owner, name: 'Bo' }, { minLength: 8 })).not.toThrow();
    expect(() => checkNewPassword(text, { ...owner, name: 'Bokr Botv' }, { minLength: 8 })).toThrow('your name');
  });

  it.each([
    'tradepost',
    'Tradepost2024',
    'tradepost1!',
    'Tr4dep0st',
    'tradepost tradepost',
    'cards1234',
    'trade.cards',
  ])('%j is refused for the words of the product', text =>
    expect(() => check(text)).toThrow('a word that belongs to this service'),
  );

  it.each([
    [
      'a common password',
      ['password', 'PassWord', 'password\u200b', '  iloveyou  ', 'P@ssw0rd1!', 'drowssap99', 'dragon99!'],
    ],
    [
      'a common password',
      ['trustno1iloveyou', 'ｐａｓｓｗｏｒｄ', 'pass\u00adword1', 'Summer2024!', 'sunshine princess'],
    ],
    // Common passwords come before the sequences and rows of keys that they are.
    ['little more than a common password. ', ['12345678', 'qwertyuiop']],
    // Four letters are the shortest, and characters of two UTF-16 units count as one.
    ['a common password', ['golfkx7q', '😀😀password', '😀password😀']],
    [
      'a repetition',
      ['aaaaaaaa', 'zzzzzzzzzzzzzzzzzzzz', '😀'.repeat(8), '........', 'ab'.repeat(10), 'xkq'.repeat(6)],
    ],
    ['a repetition', ['κκκκκκκκ', 'kfm '.repeat(20), 'a'.repeat(128), 'p4x'.repeat(42)]],
    ['a sequence', ['abcdefgh', 'hgfedcba', 'ABCDEFGH1', 'абвгдежз', 'ηθικλμνξ', 'abcdexyz', 'jklmnopq!!']],
    ['a row of keys', ['sdfghjklö', 'йцукенгш', 'wxcvbn!!!1', 'poiuytre?']],
    ['digits', ['83652974', '073815926']],
    ['a year', ['1984-2001', '20191987!!', '1999+2023+1999']],
  ] as const)('is refused as %s', (why, texts) => {
    for (const text of texts) {
      expect(() => check(text), text).toThrow(expect.objectContaining({ code: 'weak_password' }));
      expect(() => check(text), text).toThrow(why);
    }
  });

  it('that is refused says what to do and does not repeat the password', () => {
    expect(() => check('Dragon2024!')).toThrow(
      'The password is easy to guess: it is little more than a common password and a year. ' +
        'Use a phrase of several words that do not belong together.',
    );
  });

  it.each(PASSPHRASES)('%j is accepted', text => expect(() => check(text)).not.toThrow());

  it('of random letters and digits is accepted', () => {
    const random = fc.string({
      unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789'),
      minLength: 10,
      maxLength: 64,
    });
    let refused = 0;
    fc.assert(
      fc.property(random, text => {
        try {
          check(text);
        } catch {
          refused += 1;
        }
      }),
      { numRuns: 500, seed: 5 },
    );
    // Some hold a word or a row of keys by chance.
    expect(refused).toBeLessThan(5);
  });

  it('is judged without regard to case, invisible characters and spaces at its ends', () => {
    const verdict = (text: string): unknown => {
      try {
        return check(text);
      } catch (error) {
        return String(error);
      }
    };
    const texts = fc.array(fc.constantFrom('pass', 'word', 'Ann', '2024', 'abc', 'qwe', 'x', '9', '!', 'é', 'шг'), {
      minLength: 1,
      maxLength: 8,
    });
    const hidden = fc.constantFrom('', '\u200b', '\u2060', '\ufe0f', '\u202e', '\u00ad');
    fc.assert(
      fc.property(texts, hidden, (parts, inside) => {
        const plain = verdict(parts.join(''));
        expect(verdict(` ${parts.join(inside)}\u3000`)).toBe(plain);
        expect(verdict(parts.join('').toUpperCase())).toBe(plain);
      }),
      { numRuns: 300, seed: 6 },
    );
  });

  it('is judged in a time that grows slowly with its length, whatever it is', () => {
    const hostile = [
      'a',
      'ab',
      'p4ssw0rd',
      '4@8({[',
      '1234567890',
      'qwertyuiop',
      '2012',
      '\ufdfa',
      '😀',
      'passwordabc',
    ];
    const cyrillic = 'йцукенгшщзхъфывапролджэ';
    const name = Array.from({ length: 100 }, (_, index) => 'ab'[index % 2]).join('');
    const email = `${'a.b.ab.'.repeat(9)}@${'abc.'.repeat(40)}org`;
    const judge = (unit: string, length: number) => {
      const password = parsePassword([...unit.repeat(length)].slice(0, length).join(''));
      const start = performance.now();
      try {
        checkNewPassword(password, { email, username: 'a'.repeat(30), name }, { minLength: 8 });
      } catch (error) {
        expect(error).toMatchObject({ code: 'weak_password' });
      }
      return performance.now() - start;
    };
    // The best of ten, because other processes may interrupt any of them.
    const fastest = (unit: string, length: number): number =>
      Math.min(...Array.from({ length: 10 }, () => judge(unit, length)));
    for (const unit of [...hostile, cyrillic]) {
      fastest(unit, 128);
      // Eight times for the third power. An exponential search would take longer than anybody waits.
      expect(fastest(unit, 128), unit).toBeLessThan(0.1 + 10 * fastest(unit, 64));
    }
  });

  it('is named by pointer in the error', () => {
    expect(() => check('short')).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ pointer: '/password' })] }),
    );
  });
});

describe('the parts of a text that follow a pattern', () => {
  const find = (text: string, ownWords: readonly string[] = []) =>
    findPatterns([...text], ownWords).map(({ start, end, pattern, cost }) => `${pattern} ${start}-${end} ${cost}`);

  it.each<[string, string, string[]]>([
    ['an empty text', '', []],
    ['letters without a pattern', 'kfmx', []],
    ['a word of the product', 'kftradeqz', ['product 2-7 0']],
    ['a word that is written backwards', 'kfdracqz', ['product 2-6 0']],
    ['a common password, behind a character of two units', '😀ivanovq', ['common 1-7 2']],
    ['a sequence', 'kabcq', ['sequence 1-4 2']],
    ['a falling sequence', 'kcbaq', ['sequence 1-4 2']],
    ['a long sequence', 'xстуфx', ['sequence 1-4 2', 'sequence 1-5 2', 'sequence 2-5 2']],
    ['steps of two and of none', 'acegg', []],
    ['a row of keys at the end', 'kwer', ['keyboard 1-4 2']],
    ['a repetition', 'kfmkfm', ['repetition 3-6 1']],
    [
      'a repetition that is longer than an earlier one',
      'kfxkfmqkfmq',
      ['repetition 7-10 1', 'repetition 7-11 1', 'repetition 8-11 1'],
    ],
    ['a year', 'k1962q', ['year 1-5 1']],
    ['digits behind a letter', 'k94162', ['digits 1-6 4']],
    ['fewer than five digits', 'k9416', []],
  ])('%s', (_what, text, parts) => {
    expect(find(text).sort()).toEqual(parts.sort());
  });

  it.each(['4a', '@a', '8b', '3e', '6g', '1i', '!i', '0o', '$s', '5s', '7t', '+t'])(
    'are found with a sign in place of a letter: %s',
    ([sign, letter]) => {
      expect(find(`q${sign}kfm`, [`${letter}kfm`])).toEqual(['own 1-5 0']);
    },
  );

  it('are the words and numbers of the owner with three and more characters', () => {
    expect(find('kf5931q', ['ann5931x'])).toEqual(['own 2-6 0']);
    expect(find('kf59q', ['ann59x'])).toEqual([]);
    expect(find('kf#x', ['...', 'x.#'])).toEqual([]);
  });
});

describe('the weakness of a password', () => {
  it('is none where no part follows a pattern, however short it is', () => {
    expect(findWeakness('kfm', [], 8)).toBeNull();
    // Half-width letters with their marks, which become one letter each.
    expect(findWeakness('ｶﾞｸﾞｺﾞ', [], 8)).toBeNull();
  });
});
