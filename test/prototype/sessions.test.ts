import { afterEach, expect, test, vi } from 'vitest';
import { postgres } from '../../src/adapters/driven/postgres/index.js';
import { SweepExpired } from '../../src/index.js';
import { AdvancingClock } from '../support/clock.js';
import { browser, program, register } from '../support/http/http-users.js';
import { expectAnswer, expectProblem, send } from '../support/http/requests.js';
import type { Inspected } from '../support/servers/inspected-server.js';
import { serveInspected } from '../support/servers/inspected-server.js';

let server: Inspected;
afterEach(async () => {
  vi.useRealTimers();
  await server.stop();
});

const me = (headers: object) => send(server.url, '/me', { headers: { ...headers } });

test('the token was the word "token" for everybody: every login gets 32 random bytes of its own', async () => {
  server = await serveInspected();
  const people = [await register(server.url), await register(server.url)];
  const tokens: string[] = [];
  for (const person of [...people, ...people]) {
    const { authorization } = await program(server.url, person);
    tokens.push(authorization.slice('Bearer '.length));
  }
  for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(new Set(tokens).size).toBe(4);
  expectProblem(await me({ authorization: 'Bearer token' }), 401, 'unauthenticated');
});

test('the token stood in the database: a digest does, and it opens nothing', async () => {
  server = await serveInspected();
  const { authorization } = await program(server.url, await register(server.url));
  const [row] = await server.rows<{ all: string; digest: string }>(
    `SELECT sessions::text AS all, encode(digest, 'hex') AS digest FROM sessions`,
  );
  expect(row?.all).not.toContain(authorization.slice('Bearer '.length));
  expect(row?.digest).toMatch(/^[0-9a-f]{64}$/);
  expectProblem(await me({ authorization: `Bearer ${row?.digest}` }), 401, 'unauthenticated');
});

test('a second login ended the first: two sessions of one user live side by side', async () => {
  server = await serveInspected();
  const person = await register(server.url);
  const [phone, laptop] = [await browser(server.url, person), await browser(server.url, person)];
  for (const device of [phone, laptop, phone]) expectAnswer(await me(device), 200);
  expect((await send(server.url, '/sessions', { headers: { ...phone } })).json.items).toHaveLength(2);
  expectAnswer(await send(server.url, '/logout', { method: 'POST', headers: { ...phone } }), 204);
  expectProblem(await me(phone), 401, 'unauthenticated');
  expectAnswer(await me(laptop), 200);
});

test('a session that had expired was 403: it is 401', async () => {
  const clock = new AdvancingClock();
  server = await serveInspected({ clock });
  const device = await browser(server.url, await register(server.url));
  clock.advance(3590);
  expectAnswer(await me(device), 200);
  clock.advance(10);
  expectProblem(await me(device), 401, 'unauthenticated');
});

test('expired sessions stayed for ever: a sweep deletes them, and no others', async () => {
  const clock = new AdvancingClock();
  server = await serveInspected({ clock });
  const person = await register(server.url);
  await browser(server.url, person);
  await browser(server.url, person);
  clock.advance(3000);
  const device = await browser(server.url, person);
  const storage = await postgres({ pool: server.pool, schema: server.schema }).open();
  const policy = { lifetime: 3600, idleTimeout: null, maxPerUser: 100 };
  const sweep = new SweepExpired(storage.sessions, storage.idempotency, storage.attempts, clock, policy);
  expect(await sweep.execute()).toEqual({ sessions: 0, idempotencyRecords: 0, attempts: 0 });
  clock.advance(600);
  expect(await sweep.execute()).toEqual({ sessions: 2, idempotencyRecords: 0, attempts: 0 });
  expect(await server.rows('SELECT id FROM sessions')).toEqual([{ id: (await me(device)).json.session.id }]);
  await storage.close();
});

test('and it happens by itself, every minute', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const clock = new AdvancingClock();
  server = await serveInspected({ clock });
  await browser(server.url, await register(server.url));
  clock.advance(3600);
  vi.advanceTimersByTime(59_000);
  expect(await server.rows('SELECT id FROM sessions')).toHaveLength(1);
  vi.advanceTimersByTime(1_000);
  vi.useRealTimers();
  await vi.waitFor(async () => expect(await server.rows('SELECT id FROM sessions')).toEqual([]), 10_000);
});
