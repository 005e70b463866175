import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { postgres } from '../../src/adapters/driven/postgres/index.js';
import type { Registered } from '../support/http/http-users.js';
import { addCard, browser, program, register, stranger } from '../support/http/http-users.js';
import type { Answer } from '../support/http/requests.js';
import { expectAnswer, expectProblem, send } from '../support/http/requests.js';
import type { Serving } from '../support/servers/http-server.js';
import { freshSchema, serve } from '../support/servers/http-server.js';

const ALLOWED = 'https://app.example.org';
const schema = freshSchema();
let pool: pg.Pool;
let server: Serving;
let person: Registered;
let other: Registered;
let cookie: string;
let authorization: string;

beforeAll(async () => {
  pool = new pg.Pool({ connectionString: inject('postgresUrl'), max: 4 });
  server = await serve({ storage: postgres({ pool, schema }), allowedOrigins: [ALLOWED] });
  [person, other] = [await register(server.url), await register(server.url)];
});
afterAll(async () => {
  await server.stop();
  await pool.end();
});
beforeEach(async () => {
  cookie = (await browser(server.url, person)).cookie;
  authorization = (await program(server.url, person)).authorization;
});

/** The rows of all tables as text. */
async function everythingStored(): Promise<string> {
  const tables = ['users', 'sessions', 'cards', 'trade_counters', 'trade_entries', 'idempotency_records'];
  const contents = tables.map(table => `(SELECT json_agg(t ORDER BY t::text) FROM ${schema}.${table} AS t)`);
  const { rows } = await pool.query(`SELECT json_build_array(${contents.join(', ')})::text AS everything`);
  return rows[0].everything;
}

interface Change {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

/** A valid request for every operation that changes something. */
async function changes(): Promise<Change[]> {
  const cardId = await addCard(server.url, { authorization });
  const { id } = (await send(server.url, '/me', { headers: { authorization } })).json.session;
  const { email, password } = person;
  const post = (path: string, body: object): Change => ({ method: 'POST', path, body: JSON.stringify(body) });
  return [
    post('/register', stranger()),
    post('/login', { email, password }),
    post('/cards', { name: 'King' }),
    post('/trades', { cardId, recipient: { id: other.id } }),
    { method: 'DELETE', path: `/sessions/${id}` },
    { method: 'DELETE', path: '/sessions?except=current' },
    { method: 'DELETE', path: '/sessions' },
    post('/logout', {}),
  ];
}

const foreignTo = (url: string): Record<string, string> => ({
  'a foreign site': 'https://evil.example',
  'the origin of a sandbox': 'null',
  'the allowed origin as a prefix': `${ALLOWED}.evil.example`,
  'the allowed origin as a suffix': 'https://evil-app.example.org',
  'a subdomain of the allowed origin': 'https://x.app.example.org',
  'the allowed origin without encryption': ALLOWED.replace('https', 'http'),
  'the allowed origin on another port': `${ALLOWED}:8443`,
  'the allowed origin in upper case': ALLOWED.toUpperCase(),
  'the allowed origin with a path': `${ALLOWED}/`,
  'two origins': `${ALLOWED} https://evil.example`,
  'the own origin as a prefix': `${url}.evil.example`,
  'the own host on another port': 'http://127.0.0.1:1',
  'the own host encrypted': url.replace('http', 'https'),
  'the own host by another name': url.replace('127.0.0.1', 'localhost'),
  nothing: '',
});

const corsHeaders = ({ headers }: Answer): string[] =>
  Object.keys(headers).filter(name => name.startsWith('access-control'));

const MEDIA_TYPES = ['application/json', 'text/plain', 'application/x-www-form-urlencoded', undefined];

test('requests from foreign origins change nothing, and pages cannot read the answers', async () => {
  const all = await changes();
  const credentials = [{}, { cookie }, { authorization }];
  const before = await everythingStored();
  let tried = 0;
  for (const [what, origin] of Object.entries(foreignTo(server.url))) {
    for (const { method, path, body } of all) {
      for (const type of MEDIA_TYPES) {
        for (const credential of credentials) {
          const typed = type === undefined ? {} : { 'content-type': type };
          const headers = { ...credential, ...typed, origin, 'sec-fetch-site': 'same-origin' };
          const answer = await send(server.url, path, { method, headers, ...(body === undefined ? {} : { body }) });
          expect(answer.json?.code, `${what}: ${method} ${path} ${type}`).toBe('origin_forbidden');
          expectProblem(answer, 403, 'origin_forbidden');
          expect(corsHeaders(answer)).toEqual([]);
          tried += 1;
        }
      }
    }
  }
  expect(tried).toBe(15 * 8 * 4 * 3);
  expect(await everythingStored()).toBe(before);
});

describe('without an Origin', () => {
  test('a cookie needs Sec-Fetch-Site: same-origin', async () => {
    const all = await changes();
    const before = await everythingStored();
    for (const site of [undefined, 'cross-site', 'same-site', 'none', 'SAME-ORIGIN', '']) {
      for (const { method, path, body } of all) {
        const headers = { cookie, ...(site === undefined ? {} : { 'sec-fetch-site': site }) };
        const answer = await send(server.url, path, { method, headers, ...(body === undefined ? {} : { body }) });
        expectProblem(answer, 403, 'origin_forbidden');
      }
    }
    expect(await everythingStored()).toBe(before);
    const headers = { cookie, 'sec-fetch-site': 'same-origin' };
    expectAnswer(await send(server.url, '/cards', { method: 'POST', headers, body: { name: 'Mine' } }), 201);
  });

  test('an invalid cookie is treated like a valid one', async () => {
    const answer = await send(server.url, '/register', {
      method: 'POST',
      headers: { cookie: 'session=x' },
      body: stranger(),
    });
    expectProblem(answer, 403, 'origin_forbidden');
  });

  test.each(['cross-site', 'same-site'])('a browser on a %s page is refused even without a cookie', async site => {
    const headers = { 'sec-fetch-site': site };
    const answer = await send(server.url, '/register', { method: 'POST', headers, body: stranger() });
    expectProblem(answer, 403, 'origin_forbidden');
  });

  test('a program with a bearer token, or without credentials, is accepted', async () => {
    const card = { method: 'POST', headers: { authorization }, body: { name: 'Mine' } };
    expectAnswer(await send(server.url, '/cards', card), 201);
    expectAnswer(await send(server.url, '/register', { method: 'POST', body: stranger() }), 201);
  });
});

describe('from the own origin and from allowed ones', () => {
  test.each(['own', 'allowed'])('requests from the %s one are carried out', async which => {
    const origin = which === 'own' ? server.url : ALLOWED;
    for (const { method, path, body } of await changes()) {
      const headers = { cookie, origin, 'content-type': 'application/json', 'sec-fetch-site': 'cross-site' };
      const answer = await send(server.url, path, { method, headers, ...(body === undefined ? {} : { body }) });
      // After one of the last requests the session has ended: 401.
      expect([200, 201, 204, 401], `${path}: ${answer.text}`).toContain(answer.status);
      if (path === '/login') cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
      const mayRead = which === 'own' ? undefined : ALLOWED;
      expect(answer.headers['access-control-allow-origin']).toBe(mayRead);
    }
  });

  test.each(MEDIA_TYPES.slice(1))('a body of type %s is refused', async type => {
    const before = await everythingStored();
    const headers = { cookie, origin: ALLOWED, ...(type === undefined ? {} : { 'content-type': type }) };
    const answer = await send(server.url, '/cards', { method: 'POST', headers, body: JSON.stringify({ name: 'No' }) });
    expectProblem(answer, 415, 'unsupported_media_type');
    expect(await everythingStored()).toBe(before);
  });
});

describe('reading', () => {
  test('is possible from every origin; only pages of allowed ones can read the answer', async () => {
    const seen = await send(server.url, '/me', { headers: { cookie, origin: ALLOWED } });
    expectAnswer(seen, 200);
    expect(seen.headers).toMatchObject({
      'access-control-allow-origin': ALLOWED,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'Retry-After, X-Request-Id',
      vary: 'Origin',
    });
    for (const origin of Object.values(foreignTo(server.url))) {
      const unseen = await send(server.url, '/me', { headers: { cookie, origin } });
      expectAnswer(unseen, 200);
      expect(corsHeaders(unseen)).toEqual([]);
      expect(unseen.headers.vary).toBe('Origin');
    }
  });

  test('pages of allowed origins can read refusals', async () => {
    const answer = await send(server.url, '/me', { headers: { origin: ALLOWED } });
    expectProblem(answer, 401, 'unauthenticated');
    expect(answer.headers['access-control-allow-origin']).toBe(ALLOWED);
  });

  test('never changes anything', async () => {
    await changes();
    const before = await everythingStored();
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      for (const path of ['/logout', '/login', '/register', '/cards', '/trades', '/sessions', '/me']) {
        await send(server.url, path, { method, headers: { cookie, origin: server.url } });
      }
    }
    expect(await everythingStored()).toBe(before);
  });
});

describe('preflight', () => {
  const preflight = (origin: string, path = '/trades') =>
    send(server.url, path, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type, idempotency-key',
      },
    });

  test('of an allowed origin lists methods and headers', async () => {
    const answer = await preflight(ALLOWED);
    expectAnswer(answer, 204);
    const cors = Object.fromEntries(corsHeaders(answer).map(name => [name, answer.headers[name]]));
    expect(cors).toEqual({
      'access-control-allow-origin': ALLOWED,
      'access-control-allow-credentials': 'true',
      'access-control-expose-headers': 'Retry-After, X-Request-Id',
      'access-control-allow-methods': 'POST, GET, HEAD, OPTIONS',
      'access-control-allow-headers':
        'Authorization, Content-Type, Idempotency-Key, X-Request-Id, Traceparent, Tracestate',
      'access-control-max-age': '600',
    });
    expect(answer.headers).toMatchObject({ allow: 'POST, GET, HEAD, OPTIONS', vary: 'Origin' });
    const sessions = await preflight(ALLOWED, '/sessions/01890a5d-ac96-774b-bcce-b302099a8057');
    expect(sessions.headers['access-control-allow-methods']).toBe('DELETE, OPTIONS');
  });

  test('of any other origin has no CORS headers', async () => {
    for (const origin of [...Object.values(foreignTo(server.url)), server.url]) {
      const answer = await preflight(origin);
      expectAnswer(answer, 204);
      expect(corsHeaders(answer)).toEqual([]);
      expect(answer.headers.vary).toBe('Origin');
    }
  });
});

test('without a list no other origin is allowed', async () => {
  const closed = await serve();
  try {
    const headers = { origin: ALLOWED };
    const answer = await send(closed.url, '/register', { method: 'POST', headers, body: stranger() });
    expectProblem(answer, 403, 'origin_forbidden');
    expect(corsHeaders(await send(closed.url, '/me', { headers }))).toEqual([]);
  } finally {
    await closed.stop();
  }
});

test.each(['*', 'https://*.example.org', 'https://app.example.org/', 'app.example.org', 'null', ''])(
  'a list with %j is refused when the handler is created',
  async origin => {
    await expect(serve({ allowedOrigins: [origin] })).rejects.toThrow(/is not an origin/);
  },
);
