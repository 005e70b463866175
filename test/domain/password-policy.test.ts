import { describe, expect, it } from 'vitest';
import { checkNewPassword, parsePassword } from '../../src/domain/password-policy.js';

const owner = { email: 'ann@example.org', username: 'AnnTheGreat' };
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
  it('has at least as many code points as configured', () => {
    expect(() => check('😀'.repeat(8))).not.toThrow();
    expect(() => check('😀'.repeat(7))).toThrow('at least 8');
    expect(() => check('correct horse', 15)).toThrow('at least 15');
  });

  it.each(['ann@example.org', 'ANN@example.org', 'annthegreat', 'AnnTheGreat'])(
    '%j is refused as the e-mail address or username of its owner',
    text => {
      expect(() => check(text)).toThrow('e-mail address or the username');
    },
  );

  it.each(['password', 'PassWord', '12345678', 'qwertyuiop', 'iloveyou'])('%j is refused as too common', text => {
    expect(() => check(text)).toThrow('common');
  });

  it('is named by pointer in the error', () => {
    expect(() => check('short')).toThrow(
      expect.objectContaining({ errors: [expect.objectContaining({ pointer: '/password' })] }),
    );
  });
});
