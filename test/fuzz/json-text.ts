import fc from 'fast-check';

/**
 * JSON as text, because a value cannot have all that text can: a key twice, the key `__proto__`, numbers out of range. A
 * string is a JSON text; an object has its pairs.
 */
export type Json = string | { readonly pairs: readonly Pair[] };
export type Pair = readonly [key: string, value: Json];

export const textOf = (json: Json): string =>
  typeof json === 'string'
    ? json
    : `{${json.pairs.map(([key, value]) => `${JSON.stringify(key)}:${textOf(value)}`).join(',')}}`;

const STRINGS = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  'a\udc00b',
  '\u202eevil',
  '\u200b\u2060\ufeff',
  '\u2028',
  'x'.repeat(101),
  'x'.repeat(5000),
  '\u{1f0cf}'.repeat(100),
  '\u{1f0cf}'.repeat(101),
  'e\u0301',
  '\u0130\u0131\u1e9e\u03c2\u212a',
  'A\u030a@example.org',
  '__proto__',
  'constructor',
  'toString',
  "'; DROP TABLE users; --",
  '{"$gt":""}',
  '../../etc/passwd',
  '%00',
  '%',
  '[object Object]',
  'undefined',
  'NaN',
  't-1',
  't99999999999',
  't1e5',
  `c${'0'.repeat(32)}`,
  '00000000-0000-0000-0000-000000000000',
  'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
];

const TEXTS = [
  ...['null', 'true', 'false', '0', '-0', '-1', '1.5', '101', '1e308', '1e999', '-1e999', '0.1e-400'],
  ...['9007199254740993', '2147483648', '-9223372036854775809', '[]', '{}', '[null]', '[["a"]]', '[1,2,3]'],
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"__proto__":null}',
  '{"$ne":null}',
  '{"toString":1,"valueOf":1}',
  '{"length":1e9}',
  `${'['.repeat(8)}${']'.repeat(8)}`,
  `${'['.repeat(2000)}${']'.repeat(2000)}`,
  `${'{"a":'.repeat(12)}1${'}'.repeat(12)}`,
];

const codeUnits = fc.array(fc.nat(0xffff), { maxLength: 20 }).map(units => String.fromCharCode(...units));

/** Text of any Unicode, well-formed or not. */
export const hostileString: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...STRINGS),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  codeUnits,
);

const hostileJson: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: hostileString.map(text => JSON.stringify(text)) },
  { weight: 4, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 4 }) },
  { weight: 1, arbitrary: fc.double().map(String) },
);

const UNKNOWN_KEYS = [
  ...['__proto__', 'constructor', 'prototype', 'hasOwnProperty', 'toString', 'token', 'idempotencyKey', 'caller'],
  ...['ownerId', 'userId', 'id', 'user', '$where', '', '\0'],
];

type Edit =
  | { readonly kind: 'replace' | 'repeat'; readonly at: number; readonly value: string }
  | { readonly kind: 'remove'; readonly at: number }
  | { readonly kind: 'add'; readonly key: string; readonly value: string }
  | { readonly kind: 'whole'; readonly value: string };

const edit: fc.Arbitrary<Edit> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('replace' as const, 'replace' as const, 'repeat' as const),
      at: fc.nat(9),
      value: hostileJson,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove' as const), at: fc.nat(9) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      key: fc.oneof(fc.constantFrom(...UNKNOWN_KEYS), hostileString),
      value: hostileJson,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('whole' as const), value: hostileJson }) },
);

/** The JSON, half of the time with up to three changes that an attacker could make. */
export const mutated = (json: fc.Arbitrary<Json>): fc.Arbitrary<Json> =>
  fc
    .tuple(json, fc.oneof(fc.constant([]), fc.array(edit, { minLength: 1, maxLength: 3 })))
    .map(([value, edits]) => edits.reduce(apply, value));

function apply(json: Json, change: Edit): Json {
  if (change.kind === 'whole') return change.value;
  if (typeof json === 'string') return json;
  if (change.kind === 'add') return { pairs: [...json.pairs, [change.key, change.value]] };
  const at = change.at % countPairs(json);
  return Number.isNaN(at) ? json : changePair(json, at, change).json;
}

const countPairs = (json: Json): number =>
  typeof json === 'string' ? 0 : json.pairs.reduce((count, [, value]) => count + 1 + countPairs(value), 0);

/** Changes the pair with this number, counted as the text has them. Returns how many numbers are left to count. */
function changePair(
  json: { readonly pairs: readonly Pair[] },
  at: number,
  change: Extract<Edit, { readonly at: number }>,
): { json: Json; left: number } {
  let left = at;
  const pairs = json.pairs.flatMap(([key, value]): Pair[] => {
    left -= 1;
    if (left === -1) {
      if (change.kind === 'remove') return [];
      const replaced: Pair = [key, change.value];
      return change.kind === 'repeat' ? [[key, value], replaced] : [replaced];
    }
    if (left < 0 || typeof value === 'string') return [[key, value]];
    const inner = changePair(value, left, change);
    left = inner.left;
    return [[key, inner.json]];
  });
  return { json: { pairs }, left };
}

export type Damage =
  | { readonly kind: 'cut' | 'insert'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'pad' | 'nest' | 'mark' };

/** What can happen to a text on its way besides changes of its JSON; usually nothing. */
export const damage: fc.Arbitrary<Damage | null> = fc.oneof(
  { weight: 20, arbitrary: fc.constant(null) },
  fc.record({
    kind: fc.constantFrom('cut' as const, 'insert' as const),
    at: fc.nat(400),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 6 }),
  }),
  fc.record({ kind: fc.constantFrom('pad' as const, 'nest' as const, 'mark' as const) }),
);

export function damaged(text: string, done: Damage | null): Buffer {
  const bytes = Buffer.from(text);
  switch (done?.kind) {
    case undefined:
      return bytes;
    case 'cut':
      return bytes.subarray(0, done.at % (bytes.length + 1));
    case 'insert': {
      const at = done.at % (bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, at), done.bytes, bytes.subarray(at)]);
    }
    case 'pad':
      return Buffer.from(text + ' '.repeat(20_000));
    case 'nest':
      return Buffer.from(`${'['.repeat(20)}${text}${']'.repeat(20)}`);
    case 'mark':
      return Buffer.from(`\ufeff${text}`);
  }
}
