import { describe, expect, it } from 'vitest';
import {
  formatCardCursor,
  formatSessionCursor,
  formatTradeCursor,
  parseCardCursor,
  parseSessionCursor,
  parseTradeCursor,
} from '../../src/application/cursor.js';
import { parseId } from '../../src/domain/id.js';

describe('cursors', () => {
  it('are parsed to what they were made from', () => {
    for (const number of [0, 1, 35, 36, 1_000_000, Number.MAX_SAFE_INTEGER]) {
      expect(parseTradeCursor(formatTradeCursor(number))).toBe(number);
    }
    const id = parseId('01890a5d-ac96-774b-bcce-b302099a8057');
    expect(parseCardCursor(formatCardCursor(id))).toBe(id);
    expect(parseSessionCursor(formatSessionCursor(id))).toBe(id);
  });

  const INVALID = [
    '',
    't',
    'c',
    's',
    't-1',
    't01',
    't1.5',
    'T1',
    ' t1',
    't1\n',
    'x1',
    'tzzzzzzzzzzz',
    '1',
    "t1' OR 1=1",
  ];
  it.each(INVALID)('%j is refused', text => {
    for (const parse of [parseTradeCursor, parseCardCursor, parseSessionCursor]) {
      expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'validation_failed' }));
    }
  });

  it.each([`xc${'0'.repeat(32)}`, `c${'0'.repeat(33)}`, `c${'0'.repeat(31)}`, `c${'0'.repeat(32)}\n`])(
    '%j is refused',
    text => {
      const violation = { pointer: '/after', detail: 'must be a cursor from a page of this list (`next` or `latest`)' };
      expect(() => parseCardCursor(text)).toThrow(expect.objectContaining({ errors: [violation] }));
    },
  );

  it('of one list are refused by the others', () => {
    const id = parseId('01890a5d-ac96-774b-bcce-b302099a8057');
    expect(() => parseCardCursor(formatTradeCursor(1))).toThrow('/after');
    expect(() => parseCardCursor(formatSessionCursor(id))).toThrow('/after');
    expect(() => parseSessionCursor(formatCardCursor(id))).toThrow('/after');
    expect(() => parseTradeCursor(`c${'0'.repeat(32)}`)).toThrow('/after');
  });
});
