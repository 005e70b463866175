import { expect, it } from 'vitest';
import { secretFlaw } from '../../src/domain/session.js';

it.each([
  ['q7Jw2mXzR9tK4vB8nL1cF6hD3gS5pY0a', null],
  [`${'é'.repeat(8)}abcdefghxyzw5678`, null],
  ['q7Jw2mXzR9tK4vB8nL1cF6hD3gS5pY0', 'must be at least 32 bytes long'],
  ['', 'must be at least 32 bytes long'],
  ['0'.repeat(64), expect.stringMatching(/^must be random: /)],
  ['\0'.repeat(32), expect.stringMatching(/^must be random: /)],
  ['abcdefg'.repeat(10), expect.stringMatching(/^must be random: /)],
  ['abcdefgh'.repeat(4), expect.stringMatching(/^must be random: /)],
  ['0123456789abcdef'.repeat(2), expect.stringMatching(/^must be random: /)],
  [`${'abcdefgh'.repeat(4)}b`, null],
  ['change-me-to-something-long-and-random', expect.stringMatching(/^must be random: this is the text of a template/)],
  ['CHANGE_ME_CHANGE_IT_1234567890abcdef', expect.stringMatching(/^must be random: this is the text of a template/)],
  ['keyboard cat, which everybody knows by now', expect.stringMatching(/^must be random: this is the text of a/)],
])('whether %j can sign cookies: %s', (secret, problem) => expect(secretFlaw(secret)).toEqual(problem));
