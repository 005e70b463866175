import { expect, it } from 'vitest';
import { parseId } from '../../src/domain/id.js';
import { openSession } from '../../src/domain/session.js';
import { timestamp } from '../../src/domain/timestamp.js';

const kept = (userAgent: string | null): string | null => {
  const [id, userId] = [
    parseId('01890a5d-ac96-774b-bcce-b302099a8057'),
    parseId('01890a5d-ac96-774b-bcce-b302099a8058'),
  ];
  return openSession({ id, userId, userAgent, now: timestamp(0) }, { lifetime: 60, idleTimeout: null, maxPerUser: 100 })
    .userAgent;
};

it('a session keeps 500 characters of a User-Agent, of what stores keep, or null', () => {
  expect(kept(null)).toBeNull();
  expect(kept('')).toBe('');
  expect(kept('x'.repeat(500))).toBe('x'.repeat(500));
  expect(kept('x'.repeat(501))).toBe('x'.repeat(500));
  expect(kept('a\0b')).toBe('ab');
  // The cut goes through the middle of a character.
  expect(kept(`${'x'.repeat(499)}\u{1f0cf}`)).toBe(`${'x'.repeat(499)}\ufffd`);
});
