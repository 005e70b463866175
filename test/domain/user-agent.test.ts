import { expect, it } from 'vitest';
import { clipUserAgent } from '../../src/domain/session.js';

it.each([
  [undefined, null],
  ['', ''],
  ['curl/8', 'curl/8'],
  ['x'.repeat(500), 'x'.repeat(500)],
  ['x'.repeat(501), 'x'.repeat(500)],
])('a session keeps 500 characters of a user agent', (header, kept) => expect(clipUserAgent(header)).toBe(kept));
