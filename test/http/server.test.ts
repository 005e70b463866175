import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import type { Tradepost } from '../../src/index.js';
import { createTradepost } from '../../src/index.js';
import { readConfig } from '../../src/main/config.js';
import type { RunningServer } from '../../src/main/server.js';
import { startServer } from '../../src/main/server.js';
import { cheapHashing } from '../support/cheap-hashing.js';
import { addCard, browser, cookieOf, login, program, register, stranger } from '../support/http/http-users.js';
import { expectAnswer, expectProblem, expectSafe, send } from '../support/http/requests.js';
import { SECRET } from '../support/servers/http-server.js';

/** The server as `tradepost serve` runs it. Its log is kept in `log`. */
let tradepost: Tradepost;
let server: RunningServer;
let log = '';

beforeAll(async () => {
  tradepost = await createTradepost({ storage: memory(), hashing: cheapHashing, rateLimits: 'off' });
  const write = (chunk: Buffer, _encoding: string, done: () => void) => {
    log += chunk;
    done();
  };
  server = await startServer({
    tradepost,
    secrets: [SECRET],
    config: readConfig({ PORT: '0' }),
    logger: pino({ level: 'trace' }, new Writable({ write })),
  });
});
afterAll(async () => {
  await server.stop();
  await tradepost.close();
});

const open = async (): Promise<Socket> => {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  await once(socket, 'connect');
  return socket;
};

/** Sends the bytes and returns what the server sends until it closes the connection. */
async function raw(bytes: string): Promise<string> {
  const socket = await open();
  let answer = '';
  socket.on('data', chunk => {
    answer += chunk;
  });
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  return answer;
}

const statusOf = (answer: string): string => answer.split('\r\n')[0] ?? '';

describe('requests that break HTTP', () => {
  const host = 'Host: 127.0.0.1\r\n';
  const wrong: Record<string, string> = {
    'two lengths': `POST /login HTTP/1.1\r\n${host}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x`,
    'a length and chunks': `POST /login HTTP/1.1\r\n${host}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'no host': 'GET /me HTTP/1.1\r\nConnection: close\r\n\r\n',
    'line feeds alone': 'GET /me HTTP/1.1\nHost: 127.0.0.1\n\n',
    'a space before the colon': `GET /me HTTP/1.1\r\n${host}Cookie : x\r\n\r\n`,
    'an unknown method': `GRAB /me HTTP/1.1\r\n${host}\r\n`,
    'text that is not HTTP': 'hello\r\n\r\n',
  };
  test.each(Object.entries(wrong))('%s: 400, and the connection ends', async (_what, bytes) => {
    expect(statusOf(await raw(bytes))).toBe('HTTP/1.1 400 Bad Request');
  });

  test('headers of more than 16 KiB: 431', async () => {
    const header = (size: number) =>
      `GET /me HTTP/1.1\r\n${host}Connection: close\r\nX-Large: ${'x'.repeat(size)}\r\n\r\n`;
    expect(statusOf(await raw(header(15 * 1024)))).toBe('HTTP/1.1 401 Unauthorized');
    expect(statusOf(await raw(header(17 * 1024)))).toBe('HTTP/1.1 431 Request Header Fields Too Large');
  });

  test('a body that ends before its length: the server continues', async () => {
    const socket = await open();
    socket.write(
      `POST /login HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"email"`,
    );
    socket.end();
    await once(socket.resume(), 'close');
    expectAnswer(await send(server.url, '/login', { method: 'POST', body: {} }), 422);
  });

  test('data after a body that is too large is not read as a request', async () => {
    const smuggled = `GET /health/live HTTP/1.1\r\n${host}\r\n`;
    const body = `${'x'.repeat(16_385)}${smuggled}`;
    const answer = await raw(
      `POST /login HTTP/1.1\r\n${host}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413']);
  });
});

describe('the headers of every answer', () => {
  test('are on refusals and results', async () => {
    const { url } = server;
    const person = await register(url);
    const headers = await program(url, person);
    const json = { 'content-type': 'application/json' };
    const answers: Record<string, Promise<Awaited<ReturnType<typeof send>>>> = {
      '200': send(url, '/me', { headers }),
      '201': send(url, '/cards', { method: 'POST', headers, body: { name: 'Ace' } }),
      '204': send(url, '/cards', { method: 'OPTIONS' }),
      '400': send(url, '/login', { method: 'POST', headers: json, body: '{' }),
      '401': send(url, '/me'),
      '403': send(url, '/login', { method: 'POST', headers: { origin: 'null' }, body: person }),
      '404': send(url, '/nope'),
      '405': send(url, '/me', { method: 'PUT' }),
      '409': register(url).then(({ id: _id, ...taken }) => send(url, '/register', { method: 'POST', body: taken })),
      '413': send(url, '/login', { method: 'POST', headers: json, body: ' '.repeat(16_385) }),
      '415': send(url, '/login', { method: 'POST', body: '{}' }),
      '422': send(url, '/login', { method: 'POST', body: {} }),
    };
    for (const [status, answer] of Object.entries(answers)) expectAnswer(await answer, Number(status));
  });

  test('are on health and openrpc.json, and do not name the software', async () => {
    for (const path of ['/health/live', '/health/ready']) {
      const answer = await send(server.url, path);
      expectAnswer(answer, 200);
      expect(answer.headers).not.toHaveProperty('server');
      expect(answer.headers).not.toHaveProperty('etag');
    }
    const described = await send(server.url, '/openrpc.json');
    expectSafe({ ...described, headers: { ...described.headers, 'cache-control': 'no-store' } });
    const { etag = '' } = described.headers;
    expect(described.headers['cache-control']).toBe('no-cache');
    const again = await send(server.url, '/openrpc.json', { headers: { 'if-none-match': etag } });
    expect(again).toMatchObject({ status: 304, text: '', headers: { etag } });
    expectProblem(await send(server.url, '/health/nope'), 404, 'route_not_found');
    expectSafe(await send(server.url, '/health/live', { method: 'HEAD' }));
  });
});

test('the log has no secrets and no names', async () => {
  const { url } = server;
  log = '';
  const [one, another] = [await register(url), await register(url)];
  const bearer = await program(url, one);
  const withCookie = await browser(url, another);
  const cardId = await addCard(url, bearer, 'Canary card');
  const trade = { cardId, recipient: { email: another.email } };
  expectAnswer(await send(url, '/trades', { method: 'POST', headers: bearer, body: trade }), 201);
  const after = (await send(url, '/cards?limit=1&after=canarycursor', { headers: bearer })).status;
  expect(after).toBe(422);
  const wrong = { ...one, password: 'canary wrong password' };
  const replaced = cookieOf(await login(url, one, withCookie));
  expectProblem(await login(url, wrong), 401, 'invalid_credentials');
  expectProblem(
    await send(url, '/login', { method: 'POST', body: { ...stranger(), extra: 1 } }),
    422,
    'validation_failed',
  );

  const secrets = [
    ...[one, another].flatMap(({ email, username, password }) => [email, username, password]),
    bearer.authorization.slice('Bearer '.length),
    withCookie.cookie.slice('session='.length),
    replaced.slice('session='.length),
    SECRET,
  ];
  expect(log.split('\n').length).toBeGreaterThan(10);
  for (const secret of secrets) expect(log.includes(secret), secret).toBe(false);
  expect(log).not.toMatch(/canary|argon2|authorization|cookie/i);
});
