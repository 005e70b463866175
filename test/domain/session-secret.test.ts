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
  ['abcdefgh'.repeat(4), null],
])('whether %j can sign cookies: %s', (secret, problem) => expect(secretFlaw(secret)).toEqual(problem));
