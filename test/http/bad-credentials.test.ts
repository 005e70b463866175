import { randomBytes } from 'node:crypto';
import { sign } from 'cookie-signature';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { postgres } from '../../src/adapters/driven/postgres/index.js';
import { browser, register } from '../support/http/http-users.js';
import { expectAnswer, expectProblem, send } from '../support/http/requests.js';
import type { Serving } from '../support/servers/http-server.js';
import { freshSchema, SECRET, serve } from '../support/servers/http-server.js';

/** Counts the connections that are taken from it: one for each query. */
class CountingPool extends pg.Pool {
  taken = 0;

  override connect = ((...parameters: []) => {
    this.taken += 1;
    return super.connect(...parameters);
  }) as pg.Pool['connect'];
}

const schema = freshSchema();
let pool: CountingPool;
let server: Serving;
/** A valid cookie, as `session=value`. */
let cookie: string;

beforeAll(async () => {
  pool = new CountingPool({ connectionString: inject('postgresUrl'), max: 4 });
  server = await serve({ storage: postgres({ pool, schema }) });
  cookie = (await browser(server.url, await register(server.url))).cookie;
});
afterAll(async () => {
  await server.stop();
  await pool.end();
});
beforeEach(() => {
  pool.taken = 0;
});

const me = (headers: object) => send(server.url, '/me', { headers: { ...headers } });
const value = (): string => cookie.slice('session='.length);
const flip = (text: string, at: number): string =>
  text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);

test('a valid cookie costs one query, and so does a token of the right form', async () => {
  expectAnswer(await me({ cookie }), 200);
  expect(pool.taken).toBe(1);
  expectProblem(await me({ authorization: `Bearer ${randomBytes(32).toString('base64url')}` }), 401, 'unauthenticated');
  expect(pool.taken).toBe(2);
});

describe('cookies that the server did not make are refused without a query', () => {
  const cookies: Record<string, () => string> = {
    none: () => 'theme=dark',
    empty: () => 'session=',
    'without signature': () => `session=${value().split('.')[0]}`,
    'with an empty signature': () => `session=${value().split('.')[0]}.`,
    truncated: () => cookie.slice(0, -1),
    'truncated at the token': () => cookie.slice(0, 20),
    'with another token': () => `session=${flip(value(), 0)}`,
    'with another signature': () => `session=${flip(value(), 50)}`,
    'with text after it': () => `${cookie}x`,
    'signed with another secret': () => `session=${sign(value().split('.')[0] ?? '', 'x'.repeat(32))}`,
    'twice, both valid': () => `${cookie}; ${cookie}`,
    'twice, one valid': () => `session=x; ${cookie}`,
    'in quotes': () => `session="${value()}"`,
    'percent-encoded': () => `session=${value().replace('.', '%2e')}`,
    'under another case of the name': () => `Session=${value()}`,
    'under the name for https': () => `__Host-session=${value()}`,
    'of 4 KB': () => `session=${'A'.repeat(4096)}`,
    'with the signature of 4 KB': () => `session=${value().split('.')[0]}.${'A'.repeat(4096)}`,
    'of control characters': () => 'session=\t\t',
    'named __proto__': () => '__proto__=x; constructor=y',
    '__proto__ as its value': () => 'session=__proto__',
    'among 500 others': () => Array.from({ length: 500 }, (_, index) => `c${index}=x`).join('; '),
  };
  test.each(Object.keys(cookies))('%s', async name => {
    expectProblem(await me({ cookie: cookies[name]?.() ?? '' }), 401, 'unauthenticated');
    expect(pool.taken).toBe(0);
  });
});

describe('signed cookies without a token are refused without a query', () => {
  test.each([
    '',
    '__proto__',
    'token',
    'j:{"$gt":""}',
    "' OR 1=1 --",
    'A'.repeat(42),
    'A'.repeat(44),
    'A'.repeat(3000),
  ])('with %j', async held => {
    expectProblem(await me({ cookie: `session=${sign(held, SECRET)}` }), 401, 'unauthenticated');
    expect(pool.taken).toBe(0);
  });
});

describe('an invalid Authorization header is refused without a query', () => {
  const rubbish = [
    '',
    'Bearer',
    'Bearer ',
    'Bearer x',
    'Bearer null',
    `Bearer ${'A'.repeat(42)}`,
    `Bearer ${'A'.repeat(44)}`,
    `Bearer ${'A'.repeat(42)}=`,
    `Bearer ${'A'.repeat(8000)}`,
    `Bearer ${'A'.repeat(43)} ${'A'.repeat(43)}`,
    `Basic ${'A'.repeat(43)}`,
    'A'.repeat(43),
    `Bearer {"$gt":""}`,
    'Bearer \u00e9'.padEnd(50, 'A'),
  ];
  test.each(rubbish)('%j', async authorization => {
    expectProblem(await me({ authorization }), 401, 'unauthenticated');
    expect(pool.taken).toBe(0);
  });
});

test('the stored digest of a token is no credential in any encoding', async () => {
  const { rows } = await pool.query<{ digest: Buffer }>(`SELECT digest FROM ${schema}.sessions`);
  const [digest = Buffer.of()] = rows.map(row => row.digest);
  expect(digest).toHaveLength(32);
  for (const encoding of ['hex', 'base64', 'base64url'] as const) {
    const text = digest.toString(encoding);
    expectProblem(await me({ authorization: `Bearer ${text}` }), 401, 'unauthenticated');
    expectProblem(await me({ cookie: `session=${sign(text, SECRET)}` }), 401, 'unauthenticated');
  }
  expectAnswer(await me({ cookie }), 200);
});

test('a refusal names the scheme, and is the same for every reason', async () => {
  const answers = [await me({}), await me({ cookie: 'session=x' }), await me({ authorization: 'Bearer x' })];
  for (const { headers } of answers) expect(headers['www-authenticate']).toBe('Bearer');
  const bodies = answers.map(({ json: { requestId, ...rest } }) => JSON.stringify([typeof requestId, rest]));
  expect(new Set(bodies).size).toBe(1);
});
