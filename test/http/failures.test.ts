import { inspect } from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import type { Storage, StorageConnector } from '../../src/index.js';
import { Overloaded, StorageUnavailable } from '../../src/index.js';
import { cheapHashing } from '../support/cheap-hashing.js';
import { login, program, register } from '../support/http/http-users.js';
import { expectAnswer, expectProblem, send } from '../support/http/requests.js';
import type { Serving } from '../support/servers/http-server.js';
import { serve } from '../support/servers/http-server.js';

interface Line {
  readonly level: 'info' | 'warn' | 'error';
  readonly details: { readonly requestId?: string; readonly err?: unknown; readonly [key: string]: unknown };
}

const SECRET_TEXT = "INSERT INTO users VALUES ('hunter2') /* postgres://admin:hunter2@db */";
const REDACTED_TEXT = 'INSERT INTO users VALUES ("…") /* postgres://…@db */';

let server: Serving | undefined;
afterEach(() => server?.stop());

/** A store in memory whose list of cards rejects with what `thrown` returns. */
function failing(thrown: () => unknown): StorageConnector {
  const connector = memory();
  return {
    ...connector,
    open: async () => {
      const storage = await connector.open();
      const cards: Storage['cards'] = {
        add: storage.cards.add.bind(storage.cards),
        list: () => Promise.reject(thrown()),
      };
      return new Proxy(storage, { get: (target, key) => (key === 'cards' ? cards : Reflect.get(target, key)) });
    },
  };
}

async function listCards(thrown: () => unknown) {
  const log: Line[] = [];
  const logger = {
    info: (details: Line['details']) => void log.push({ level: 'info', details }),
    warn: (details: Line['details']) => void log.push({ level: 'warn', details }),
    error: (details: Line['details']) => void log.push({ level: 'error', details }),
  };
  server = await serve({ storage: failing(thrown), logger });
  const headers = await program(server.url, await register(server.url));
  const answer = await send(server.url, '/cards?limit=5', { headers });
  return { answer, log, headers, url: server.url };
}

test('an unhandled error is logged without its values, and the answer reveals nothing of it', async () => {
  const { answer, log } = await listCards(() =>
    Object.assign(new Error(SECRET_TEXT), { code: '42P01', constraint: 'users_pkey', detail: 'hunter2' }),
  );
  expectProblem(answer, 500, 'internal');
  expect(JSON.stringify([answer.text, answer.headers])).not.toMatch(/hunter2|INSERT|42P01|users|at .*:\d+/);
  expect(log).toHaveLength(1);
  const [line] = log;
  expect(line).toMatchObject({ level: 'error', details: { code: 'internal', method: 'GET', path: '/cards' } });
  expect(line?.details.requestId).toBe(answer.json.requestId);
  expect(line?.details.err).toBeInstanceOf(Error);
  expect(line?.details.err).toMatchObject({ message: REDACTED_TEXT, code: '42P01', constraint: 'users_pkey' });
  expect(inspect(line)).toContain('failures.test.ts');
  expect(inspect(line)).not.toContain('hunter2');
});

test.each([
  ['text', SECRET_TEXT],
  ['nothing', undefined],
  ['null', null],
  ['an object', { status: 200, message: SECRET_TEXT }],
])('so is %s thrown instead of an error', async (_what, thrown) => {
  const { answer, log } = await listCards(() => thrown);
  expectProblem(answer, 500, 'internal');
  expect(answer.text).not.toContain('hunter2');
  expect(log).toHaveLength(1);
});

test('after a failure the server continues', async () => {
  const { url, headers } = await listCards(() => new Error(SECRET_TEXT));
  expectAnswer(await send(url, '/trades', { headers }), 200);
  expectAnswer(await send(url, '/cards', { method: 'POST', headers, body: { name: 'Ace' } }), 201);
});

test('an unavailable storage is 503 with Retry-After; the cause is only in the log', async () => {
  const { answer, log } = await listCards(
    () => new StorageUnavailable({ cause: new Error(SECRET_TEXT), retryAfter: 3 }),
  );
  expectProblem(answer, 503, 'storage_unavailable');
  expect(answer.headers['retry-after']).toBe('3');
  expect(answer.text).not.toContain('hunter2');
  expect(log).toMatchObject([
    { level: 'warn', details: { requestId: answer.json.requestId, err: { message: REDACTED_TEXT } } },
  ]);
});

test('overload is 503 with Retry-After, and is not logged', async () => {
  const { answer, log } = await listCards(() => new Overloaded(7));
  expectProblem(answer, 503, 'overloaded');
  expect(answer.headers['retry-after']).toBe('7');
  expect(log).toEqual([]);
});

test('logins above the length of the queue are refused, and the rest succeed', async () => {
  server = await serve({
    hashing: { ...cheapHashing, memoryCost: 32_768, timeCost: 2, inFlight: 1, waiting: 2 },
  });
  const { url } = server;
  const person = await register(url);
  const answers = await Promise.all(Array.from({ length: 20 }, () => login(url, person)));
  const refused = answers.filter(({ status }) => status !== 200);
  for (const answer of refused) {
    expectProblem(answer, 503, 'overloaded');
    expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  }
  expect(refused.length).toBeGreaterThan(0);
  expect(answers.length - refused.length).toBeGreaterThanOrEqual(3);
  expectAnswer(await login(url, person), 200);
});

test('errors of the caller are not logged', async () => {
  const { url, log } = await listCards(() => new Error(SECRET_TEXT));
  log.length = 0;
  expectProblem(await send(url, '/me'), 401, 'unauthenticated');
  expectProblem(await send(url, '/nope'), 404, 'route_not_found');
  expectProblem(await send(url, '/login', { method: 'POST', body: { email: SECRET_TEXT } }), 422, 'validation_failed');
  expect(log).toEqual([]);
});
