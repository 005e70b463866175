import { describe, expect, it } from 'vitest';
import { parseCardDescription, parseCardName } from '../../src/domain/card.js';
import { ValidationFailed } from '../../src/domain/errors.js';
import { parseId } from '../../src/domain/id.js';
import { addSeconds, timestamp } from '../../src/domain/timestamp.js';
import { parsePersonName, parseUsername, usernameKey } from '../../src/domain/user.js';

describe('a username', () => {
  it.each(['abc', 'A_b.c-9', 'x'.repeat(30)])('%j is accepted', text => expect(parseUsername(text)).toBe(text));
  it.each(['', 'ab', 'x'.repeat(31), 'a b', 'äbc', 'abc\n', 'a@b', 'abc\0'])('%j is refused', text => {
    expect(() => parseUsername(text)).toThrow(ValidationFailed);
  });
  it('has the same key in any case', () => expect(usernameKey('AnN')).toBe('ann'));
});

describe.each([
  ['a name', parsePersonName, 1, 100, ['Ann', '- -']],
  ['a card name', parseCardName, 1, 100, ['Ace', '- -']],
  ['a card description', parseCardDescription, 0, 1000, [' \t\n', 'a\u202eb']],
] as const)('%s', (_what, parse, min, max, examples) => {
  it(`has ${min} to ${max} code points and is kept unchanged`, () => {
    for (const text of ['x'.repeat(Math.max(min, 1)), '😀'.repeat(max), ...examples]) expect(parse(text)).toBe(text);
    expect(() => parse('😀'.repeat(max + 1))).toThrow(`${max} characters`);
    if (min > 0) expect(() => parse('')).toThrow(`${min} to ${max}`);
    else expect(parse('')).toBe('');
  });
  it('has neither NUL nor lone surrogates', () => {
    expect(() => parse('a\0b')).toThrow('NUL');
    expect(() => parse('a\udc00b')).toThrow('surrogate');
  });
});

describe('an id', () => {
  it('is a UUID in lower case, whatever case was written', () => {
    expect(parseId('01890A5D-AC96-774B-BCCE-B302099A8057')).toBe('01890a5d-ac96-774b-bcce-b302099a8057');
  });
  it.each(['', '1', '9007199254740993', '01890a5dac96774bbcceb302099a8057', ' 01890a5d-ac96-774b-bcce-b302099a8057'])(
    '%j is refused',
    text => expect(() => parseId(text)).toThrow(ValidationFailed),
  );
});

describe('a timestamp', () => {
  it('has milliseconds and sorts as text in time order', () => {
    const early = timestamp(Date.UTC(2026, 0, 1));
    expect(early).toBe('2026-01-01T00:00:00.000Z');
    expect(addSeconds(early, 0.001)).toBe('2026-01-01T00:00:00.001Z');
    expect(addSeconds(early, -1) < early).toBe(true);
  });
});
