import { describe, expect, it } from 'vitest';
import { parseEmailAddress } from '../../src/domain/email-address.js';
import { ValidationFailed } from '../../src/domain/errors.js';

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
