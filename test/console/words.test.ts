import { describe, expect, it } from 'vitest';
import { ClientError } from '../../src/adapters/client/index.js';
import {
  describeProgram,
  explain,
  initialOf,
  messageFor,
  recipientOf,
  tintOf,
} from '../../src/adapters/driving/console/page/words.js';
import type { Problem } from '../../src/adapters/driving/operations/index.js';

const refusal = (
  code: Problem['code'],
  errors: NonNullable<Problem['errors']> = [],
  retryAfter: number | null = null,
) => new ClientError('The words of the server.', code, { problem: { code, errors } as unknown as Problem, retryAfter });

const FIELDS = [
  { name: 'username', label: 'Username' },
  { name: 'recipient', label: 'Recipient', pointers: ['/recipient', '/recipient/username'] },
];

describe('errors of the server', () => {
  it('are shown at the fields that their pointers name, as sentences', () => {
    const errors = [
      { pointer: '/username', detail: 'must have 3 to 30 characters' },
      { pointer: '/recipient/username', detail: 'must not contain spaces' },
    ];
    expect(explain(refusal('validation_failed', errors), FIELDS)).toEqual({
      fields: [
        { field: 'username', message: 'Username must have 3 to 30 characters.' },
        { field: 'recipient', message: 'Recipient must not contain spaces.' },
      ],
      message: null,
    });
  });

  it('are shown for the whole form if no field has their pointer', () => {
    const errors = [{ pointer: '/cardId', detail: 'must be an id' }];
    expect(explain(refusal('validation_failed', errors), FIELDS)).toEqual({
      fields: [],
      message: 'The input must be an id.',
    });
  });

  it.each([
    ['username_taken', 'username'],
    ['recipient_not_found', 'recipient'],
    ['self_trade', 'recipient'],
  ] as const)('%s belongs to the field %s', (code, field) => {
    expect(explain(refusal(code), FIELDS)).toEqual({
      fields: [{ field, message: expect.stringMatching(/\.$/) }],
      message: null,
    });
    expect(explain(refusal(code), [])).toEqual({ fields: [], message: 'The words of the server.' });
  });

  it('name the time to wait', () => {
    expect(messageFor(refusal('rate_limited', [], 1))).toBe('There are too many requests. Try again in a moment.');
    expect(messageFor(refusal('rate_limited', [], 90))).toBe('There are too many requests. Try again in 90 seconds.');
    expect(messageFor(refusal('rate_limited', [], 130))).toBe('There are too many requests. Try again in 3 minutes.');
  });

  it('say that nothing is lost if there was no answer', () => {
    expect(messageFor(new ClientError('fetch failed', 'unreachable'))).toMatch(
      /^The server does not answer\. .*is kept/,
    );
  });
});

describe('programs', () => {
  const windows =
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36';
  it.each([
    [windows, 'Chrome 140 on Windows'],
    [`${windows} Edg/140.0.0.0`, 'Edge 140 on Windows'],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:142.0) Gecko/20100101 Firefox/142.0', 'Firefox 142 on Linux'],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
      'Safari 18 on iOS',
    ],
    [
      'Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36',
      'Chrome 140 on Android',
    ],
    ['curl/8.5.0', 'curl/8.5.0'],
    ['node', 'node'],
    ['', 'Unknown program'],
    [null, 'Unknown program'],
  ])('%s is %s', (userAgent, name) => {
    expect(describeProgram(userAgent)).toBe(name);
  });
});

it('the initial of a card is what readers see as one character', () => {
  expect(['phoenix', '👩‍🚀 Ann', 'é', '  x'].map(initialOf)).toEqual(['P', '👩‍🚀', 'É', 'X']);
});

it('the tint of a card depends on its id alone', () => {
  const tints = ['a', 'b', 'c', 'd', 'e', 'f', 'a'].map(tintOf);
  expect(new Set(tints)).toEqual(new Set([0, 1, 2, 3, 4, 5]));
  expect(tints[0]).toBe(tints[6]);
});

it('a recipient with an @ is an e-mail address', () => {
  expect([recipientOf('ann'), recipientOf('ann@example.org')]).toEqual([
    { username: 'ann' },
    { email: 'ann@example.org' },
  ]);
});
