import express from 'express';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { postgres } from '../../src/adapters/driven/postgres/index.js';
import { httpHandler } from '../../src/adapters/driving/http/index.js';
import type { Tradepost } from '../../src/index.js';
import { createTradepost } from '../../src/index.js';
import { cheapHashing } from '../support/cheap-hashing.js';
import { browser, login, program, register, stranger } from '../support/http/http-users.js';
import { expectAnswer, expectProblem, send } from '../support/http/requests.js';
import type { Listening } from '../support/servers/http-server.js';
import { freshSchema, listen, SECRET } from '../support/servers/http-server.js';

/** A usual application: its own pool, body parsers, routes and errors. */
describe('in an existing application', () => {
  let pool: pg.Pool;
  let tradepost: Tradepost;
  let listening: Listening;

  beforeAll(async () => {
    pool = new pg.Pool({ connectionString: inject('postgresUrl'), max: 4 });
    tradepost = await createTradepost({
      storage: postgres({ pool, schema: freshSchema() }),
      hashing: cheapHashing,
      rateLimits: 'off',
    });
    const app = express();
    app.use(express.json(), express.urlencoded({ extended: true }));
    app.get('/', (_request, response) => void response.send('the application'));
    app.use('/api', httpHandler(tradepost, { secrets: [SECRET] }));
    app.get('/api/own', (_request, response) => void response.send('a route of its own'));
    app.get('/api/failing', () => {
      throw new Error('a failure of its own');
    });
    app.use((_request, response) => void response.status(404).send('a 404 of its own'));
    const answerError: express.ErrorRequestHandler = (error, _request, response, _next) => {
      response.status(error.status ?? 500).send(`an answer of its own: ${error.message}`);
    };
    app.use(answerError);
    listening = await listen(app);
  });
  afterAll(async () => {
    await listening.stop();
    await pool.end();
  });

  const call = (path: string, outgoing = {}) => send(listening.url, `/api${path}`, outgoing);

  test('every operation is under the path that Tradepost is mounted at', async () => {
    const [one, another] = [stranger(), stranger()];
    for (const person of [one, another]) expectAnswer(await call('/register', { method: 'POST', body: person }), 201);
    const { email, password } = one;
    const answer = await call('/login', { method: 'POST', body: { email, password } });
    expectAnswer(answer, 200);
    const headers = { cookie: answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '', origin: listening.url };
    const card = await call('/cards', { method: 'POST', headers, body: { name: 'Ace' } });
    expectAnswer(card, 201);
    const trade = { cardId: card.json.id, recipient: { username: another.username } };
    expectAnswer(await call('/trades', { method: 'POST', headers, body: trade }), 201);
    expectAnswer(await call('/trades?direction=sent', { headers }), 200);
    expectAnswer(await call('/sessions', { headers }), 200);
    expectAnswer(await call('/logout', { method: 'POST', headers }), 204);
    expectProblem(await call('/me', { headers }), 401, 'unauthenticated');
  });

  test('requests to other paths reach the application', async () => {
    expect(await send(listening.url, '/')).toMatchObject({ status: 200, text: 'the application' });
    expect(await call('/own')).toMatchObject({ status: 200, text: 'a route of its own' });
    expect(await call('/nope')).toMatchObject({ status: 404, text: 'a 404 of its own' });
    expect(await call('/failing')).toMatchObject({ status: 500, text: 'an answer of its own: a failure of its own' });
    expect(await send(listening.url, '/me')).toMatchObject({ status: 404, text: 'a 404 of its own' });
    const unread = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{' };
    expect((await call('/register', unread)).text).toMatch(/^an answer of its own/);
  });

  test('answers of the application have only its own headers', async () => {
    const { headers } = await call('/own');
    expect(headers).not.toHaveProperty('content-security-policy');
    expect(headers).not.toHaveProperty('x-request-id');
    expect(headers).toHaveProperty('x-powered-by');
  });

  test('a form is refused although the application parsed it', async () => {
    const { email, password } = stranger();
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = new URLSearchParams({ email, password }).toString();
    expectProblem(await call('/login', { method: 'POST', headers: type, body }), 415, 'unsupported_media_type');
  });

  test('wrong methods and input are refused as without an application', async () => {
    expectProblem(await call('/login'), 405, 'method_not_allowed');
    expectProblem(await call('/login', { method: 'POST', body: {} }), 422, 'validation_failed');
    expectProblem(await call('/login', { method: 'POST' }), 415, 'unsupported_media_type');
    expectProblem(await call('/sessions/%zz', { method: 'DELETE' }), 400, 'malformed_request');
  });

  test('closing Tradepost does not affect the application’s pool', async () => {
    const own = new pg.Pool({ connectionString: inject('postgresUrl'), max: 2 });
    try {
      const listeners = own.listenerCount('error');
      const brief = await createTradepost({
        storage: postgres({ pool: own, schema: freshSchema() }),
        hashing: cheapHashing,
      });
      await brief.registerUser(stranger());
      await brief.close();
      expect((await own.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      expect(own.listenerCount('error')).toBe(listeners);
      expect(own.ended).toBe(false);
    } finally {
      await own.end();
    }
  });

  test('the type parsers of the pool are unchanged', async () => {
    const { rows } = await pool.query('SELECT 1::int8 AS big, now() AS now');
    expect(rows).toEqual([{ big: '1', now: expect.any(Date) }]);
  });
});

describe('several in one process', () => {
  let pool: pg.Pool;
  let tradeposts: [Tradepost, Tradepost, Tradepost];
  let listening: Listening[];

  beforeEach(async () => {
    pool = new pg.Pool({ connectionString: inject('postgresUrl'), max: 4 });
    const create = (storage: Parameters<typeof createTradepost>[0]['storage']) =>
      createTradepost({ storage, hashing: cheapHashing, rateLimits: 'off' });
    tradeposts = [
      await create(postgres({ pool, schema: freshSchema() })),
      await create(postgres({ pool, schema: freshSchema() })),
      await create(memory()),
    ];
    listening = await Promise.all(
      tradeposts.map(tradepost => listen(express().use(httpHandler(tradepost, { secrets: [SECRET] })))),
    );
    return async () => {
      await Promise.all(listening.map(({ stop }) => stop()));
      await Promise.all(tradeposts.map(tradepost => tradepost.close()));
      await pool.end();
    };
  });

  test('do not share users and sessions', async () => {
    const [first = '', ...others] = listening.map(({ url }) => url);
    const person = await register(first);
    const [cookie, bearer] = [await browser(first, person), await program(first, person)];
    expectAnswer(await send(first, '/me', { headers: bearer }), 200);
    for (const url of others) {
      expectProblem(await login(url, person), 401, 'invalid_credentials');
      expectProblem(await send(url, '/me', { headers: bearer }), 401, 'unauthenticated');
      expectProblem(await send(url, '/me', { headers: { cookie: cookie.cookie } }), 401, 'unauthenticated');
      const { email, username, name, password } = person;
      const again = await send(url, '/register', { method: 'POST', body: { email, username, name, password } });
      expectAnswer(again, 201);
    }
  });

  test('continue when one of them is closed', async () => {
    const [, url = ''] = listening.map(({ url }) => url);
    const headers = await program(url, await register(url));
    await tradeposts[0].close();
    expectAnswer(await send(url, '/cards', { method: 'POST', headers, body: { name: 'Ace' } }), 201);
    expectAnswer(await send(url, '/cards', { headers }), 200);
  });
});
