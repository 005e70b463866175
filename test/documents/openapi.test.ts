import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openApiDocument as ofFetch } from '../../src/adapters/driving/fetch/index.js';
import { httpHandler, openApiDocument } from '../../src/adapters/driving/http/index.js';
import type { Operation } from '../../src/adapters/driving/operations/index.js';
import { errorTable, operations } from '../../src/adapters/driving/operations/index.js';
import { problemsOf } from '../../src/adapters/driving/web/openapi.js';
import { InternalError, Overloaded, StorageUnavailable } from '../../src/index.js';
import type { OpenApi } from '../support/documents/openapi-checker.js';
import { OpenApiChecker, pointerTo } from '../support/documents/openapi-checker.js';
import { addCard, browser, program, register } from '../support/http/http-users.js';
import { send } from '../support/http/requests.js';
import type { Listening, Serving } from '../support/servers/http-server.js';
import { listen, SECRET, serve } from '../support/servers/http-server.js';

const document = openApiDocument() as OpenApi;
const checker = new OpenApiChecker(document);
const rows = Object.values<Operation>(operations);

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    expect(document).toMatchObject({ openapi: expect.stringMatching(/^3\.1\.\d$/) });
    expect(await new Validator().validate({ ...document })).toEqual({ valid: true });
    const broken = { ...document, servers: 'everywhere' };
    expect(await new Validator().validate(broken)).toMatchObject({ valid: false });
  });

  it('has every operation of the table at its route, and no other', () => {
    const described = checker.operations().map(({ method, path, operation }) => ({
      library: operation.operationId,
      name: operation['x-json-rpc-method'],
      route: `${method.toUpperCase()} ${path}`,
    }));
    const expected = Object.entries<Operation>(operations).map(([name, { library, route }]) => ({
      library,
      name,
      route: `${route.method} ${route.path}`,
    }));
    const byName = (one: { name: string }, other: { name: string }) => one.name.localeCompare(other.name);
    expect(described.toSorted(byName)).toEqual(expected.toSorted(byName));
  });

  it.each(checker.operations())(
    '$operation.operationId: has the codes, the key and the credentials of the table',
    each => {
      const row = operations[each.operation['x-json-rpc-method'] as keyof typeof operations] as Operation;
      const codes = Object.keys(each.operation.responses)
        .filter(status => Number(status) >= 400)
        .flatMap(status => {
          const { value } = checker.responseOf(each.method, each.path, Number(status));
          const shown = Object.keys(value.content?.['application/problem+json']?.examples ?? {});
          for (const code of shown) expect(errorTable[code as keyof typeof errorTable].status).toBe(Number(status));
          return shown;
        });
      expect(codes.toSorted()).toEqual(problemsOf(row).toSorted());
      expect(codes).toEqual(expect.arrayContaining([...row.errors]));
      const parameters = (each.operation.parameters ?? []).map(parameter => checker.at('', parameter).value);
      const keys = parameters.filter(({ name }) => name === 'Idempotency-Key');
      expect(keys).toHaveLength(row.idempotent ? 1 : 0);
      expect(each.operation.security).toEqual(row.access === 'session' ? [{ token: [] }, { cookie: [] }] : []);
    },
  );

  it('has examples that its schemas and the table accept', () => {
    let checked = 0;
    for (const { method, path, operation } of checker.operations()) {
      const row = operations[operation['x-json-rpc-method'] as keyof typeof operations] as Operation;
      const { requestBody } = operation;
      const body = requestBody?.content['application/json'];
      if (body) {
        const pointer = pointerTo('paths', path, method, 'requestBody', 'content', 'application/json', 'schema');
        expect(checker.flawsOf(pointer, body.example), pointer).toBe('');
        expect(row.input.safeParse(body.example), pointer).toMatchObject({ success: true });
        checked += 1;
      }
      for (const status of Object.keys(operation.responses)) {
        const { pointer, value } = checker.responseOf(method, path, Number(status));
        for (const [type, { example, examples }] of Object.entries(value.content ?? {})) {
          const shown = examples ? Object.values(examples).map(each => each.value) : [example];
          for (const each of shown) {
            expect(checker.flawsOf(`${pointer}${pointerTo('content', type, 'schema')}`, each), pointer).toBe('');
            checked += 1;
          }
        }
      }
    }
    expect(checked).toBeGreaterThan(100);
  });

  it('accepts every body that the table accepts, at the limits too', () => {
    const emoji = '\u{1f600}';
    const id = '01890A5D-AC96-774B-BCCE-B302099A8057';
    const person = { email: `${'x'.repeat(64)}@STRAUSS.example`, name: emoji.repeat(100), password: emoji.repeat(128) };
    const bodies: Readonly<Record<string, readonly object[]>> = {
      registerUser: [
        { ...person, username: 'A.b' },
        { ...person, username: '0_-'.repeat(10) },
      ],
      login: [{ username: 'ann', password: '', delivery: 'cookie' }],
      addCard: [
        { name: 'x' },
        { name: emoji.repeat(100), description: emoji.repeat(1000) },
        { name: 'x', description: '' },
      ],
      recordTrade: [
        { cardId: id, recipient: { id } },
        { cardId: id.toLowerCase(), recipient: { email: person.email } },
      ],
    };
    for (const row of rows.filter(each => bodies[each.library])) {
      const schema = `/components/schemas/${row.library.charAt(0).toUpperCase()}${row.library.slice(1)}Request`;
      for (const body of bodies[row.library] ?? []) {
        expect(row.input.safeParse(body), JSON.stringify(body)).toMatchObject({ success: true });
        expect(checker.flawsOf(schema, body)).toBe('');
      }
    }
    const both = { username: 'ann', email: 'ann@example.org', password: 'x' };
    for (const body of [both, { password: 'x' }, { username: 'a', password: 'x' }]) {
      expect(checker.flawsOf('/components/schemas/LoginRequest', body), JSON.stringify(body)).not.toBe('');
    }
  });

  it('describes what a handler with these options offers', () => {
    const { paths, servers, components } = ofFetch({
      only: ['cards.add', 'cards.list'],
      without: ['cards.add'],
      basePath: '/api',
      cookie: { name: 'cards', domain: 'example.org' },
    }) as OpenApi;
    expect(Object.entries(paths).map(([path, methods]) => [path, Object.keys(methods)])).toEqual([['/cards', ['get']]]);
    expect(servers).toEqual([{ url: '/api' }]);
    expect(components.securitySchemes.cookie).toMatchObject({ in: 'cookie', name: '__Secure-cards' });
    expect(document.servers).toEqual([{ url: '.' }]);
    expect(document.components.securitySchemes).toMatchObject({
      cookie: { type: 'apiKey', in: 'cookie', name: '__Host-session' },
      token: { type: 'http', scheme: 'bearer' },
    });
    expect(() => openApiDocument({ only: ['cards.sell' as never] })).toThrow('there is no operation "cards.sell"');
  });
});

describe('a server that really answers', () => {
  let server: Serving;
  beforeAll(async () => {
    server = await serve({ allowedHosts: ['loopback'] });
  });
  afterAll(() => server.stop());

  const json = { 'content-type': 'application/json' };
  const unknown = '01890a5d-ac96-774b-bcce-b302099a8057';
  const real = (path: string): string => path.replaceAll(/\{\w+\}/g, unknown);

  it('answers every operation as the document says, when it succeeds', async () => {
    const { url } = server;
    const [ann, bob] = [await register(url), await register(url)];
    const headers = { authorization: (await program(url, ann)).authorization };
    const registration = {
      username: 'carol',
      name: 'Carol',
      email: 'carol@example.org',
      password: 'staple horse battery',
    };
    await checker.send(url, 'POST', '/register', { body: registration });
    const opened = await checker.send(url, 'POST', '/login', { body: { email: ann.email, password: ann.password } });
    expect(opened.headers['set-cookie']?.[0]).toMatch(/^session=/);
    const other = await checker.send(url, 'POST', '/login', {
      body: { username: ann.username, password: ann.password, delivery: 'token' },
    });
    expect(other.json.token).toMatch(/^[\w-]{43}$/);
    await checker.send(url, 'GET', '/me', { headers });
    const card = await checker.send(url, 'POST', '/cards', { headers, body: { name: 'Dragon' } });
    await checker.send(url, 'POST', '/cards', { headers, body: { name: 'Ace', description: 'Of spades' } });
    await checker.send(url, 'GET', '/cards', { headers });
    const page = await checker.send(url, 'GET', '/cards', { headers, to: '/cards?limit=1' });
    expect(page.json.next).toEqual(expect.any(String));
    for (const key of ['one', 'one']) {
      const body = { cardId: card.json.id, recipient: { id: bob.id } };
      await checker.send(url, 'POST', '/trades', { headers: { ...headers, 'idempotency-key': key }, body });
    }
    await checker.send(url, 'GET', '/trades', { headers, to: '/trades?direction=sent&limit=1' });
    const sessions = await checker.send(url, 'GET', '/sessions', { headers });
    expect(sessions.json.items.length).toBeGreaterThan(1);
    await checker.send(url, 'DELETE', '/sessions/{id}', { headers, to: `/sessions/${other.json.session.id}` });
    await checker.send(url, 'DELETE', '/sessions', { headers, to: '/sessions?except=current' });
    await checker.send(url, 'POST', '/logout', { headers });
    const cookie = await browser(url, bob);
    const ended = await checker.send(url, 'DELETE', '/sessions', { headers: cookie });
    expect(ended.headers['set-cookie']?.[0]).toMatch(/Max-Age=0/);
    for (const { library } of rows) expect([...checker.seen]).toContain(`${library}: success`);
  });

  it('refuses with the problems that the document lists for the operation itself', async () => {
    const { url } = server;
    const [ann, bob] = [await register(url), await register(url)];
    const headers = { authorization: (await program(url, ann)).authorization };
    const hers = await addCard(url, headers);
    const his = await addCard(url, await program(url, bob));
    const post = (path: string, body: object, extra = {}) =>
      checker.send(url, 'POST', path, { headers: { ...headers, ...extra }, body });
    const trade = (cardId: string, recipient: object, extra = {}) => post('/trades', { cardId, recipient }, extra);
    const fresh = { username: 'dave', email: 'dave@example.org', name: 'Dave', password: 'staple horse battery' };
    await post('/register', { ...fresh, email: ann.email });
    await post('/register', { ...fresh, username: ann.username });
    await post('/register', { ...fresh, password: 'password1' });
    await post('/login', { username: ann.username, password: 'a wrong password' });
    await trade(unknown, { id: bob.id });
    await trade(his, { id: bob.id });
    await trade(hers, { id: unknown });
    await trade(hers, { username: ann.username });
    await trade(hers, { id: bob.id }, { 'idempotency-key': 'k' });
    await trade(hers, { id: ann.id }, { 'idempotency-key': 'k' });
    await post('/cards', { name: 'One' }, { 'idempotency-key': 'k' });
    await post('/cards', { name: 'Two' }, { 'idempotency-key': 'k' });
    await checker.send(url, 'DELETE', '/sessions/{id}', { headers, to: `/sessions/${unknown}` });
    for (const { library, errors } of rows) {
      for (const code of errors.filter(each => each !== 'overloaded')) {
        expect([...checker.seen]).toContain(`${library}: ${code}`);
      }
    }
  });

  it.each(checker.operations())(
    '$operation.operationId: refuses with every problem of its kind',
    async ({ method, path, operation }) => {
      const { url } = server;
      const upper = method.toUpperCase();
      const to = real(path);
      const headers = { authorization: (await program(url, await register(url))).authorization };
      const { access } = rows.find(row => row.route.path === path && row.route.method === upper) ?? {};
      const codes: string[] = [];
      const refused = async (request: Parameters<OpenApiChecker['send']>[3]) =>
        codes.push((await checker.send(url, upper, path, { to, ...request })).json.code);
      await refused({ headers, to: `${to}?surprise=1` });
      await refused({ headers, to: `${to}?a=%ff` });
      await refused({ headers: { ...headers, host: 'elsewhere.example' } });
      const example = operation.requestBody?.content['application/json']?.example as object | undefined;
      if (access === 'session') await refused(example === undefined ? {} : { body: example });
      if (upper !== 'GET') await refused({ headers: { ...headers, origin: 'https://elsewhere.example' } });
      if (upper === 'POST') {
        await refused({ headers: { ...headers, ...json }, body: ' '.repeat(16_385) });
        await refused({ headers: { ...headers, 'content-type': 'text/plain' }, body: '{}' });
        await refused({ headers: { ...headers, ...json }, body: '{' });
      }
      expect(codes).toEqual([
        'validation_failed',
        'malformed_request',
        'misdirected_request',
        ...(access === 'session' ? ['unauthenticated'] : []),
        ...(upper === 'GET' ? [] : ['origin_forbidden']),
        ...(upper === 'POST' ? ['payload_too_large', 'unsupported_media_type', 'malformed_request'] : []),
      ]);
    },
  );

  it('refuses attempts beyond the limit as the document says', async () => {
    const limited = await serve({ rateLimits: { freeFailures: 1, registrationsPerHour: 1, longestDelay: 60 } });
    onTestFinished(() => limited.stop());
    const ann = await register(limited.url);
    await checker.send(limited.url, 'POST', '/register', { body: { ...ann, id: undefined } });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await checker.send(limited.url, 'POST', '/login', { body: { email: ann.email, password: 'a wrong password' } });
    }
    expect([...checker.seen]).toEqual(expect.arrayContaining(['registerUser: rate_limited', 'login: rate_limited']));
  });

  /** A server whose use cases all fail. */
  async function failing(error: Error): Promise<Listening> {
    const useCases = new Proxy({} as Serving['tradepost']['useCases'], {
      get: () => ({ execute: () => Promise.reject(error) }),
    });
    const handler = httpHandler({ useCases }, { secrets: [SECRET] });
    return listen((request, response) => handler(request, response));
  }

  it.each([
    ['internal', new InternalError(new Error('a failure'))],
    ['storage_unavailable', new StorageUnavailable()],
    ['overloaded', new Overloaded()],
  ])('fails with %s as the document says', async (code, error) => {
    const { url, stop } = await failing(error);
    onTestFinished(stop);
    for (const { method, path, operation } of checker.operations()) {
      const row = operations[operation['x-json-rpc-method'] as keyof typeof operations] as Operation;
      if (!problemsOf(row).includes(code as 'internal')) continue;
      const body = operation.requestBody?.content['application/json']?.example;
      await checker.send(url, method.toUpperCase(), path, {
        to: real(path),
        ...(body !== undefined && { body: body as object }),
      });
      expect([...checker.seen]).toContain(`${operation.operationId}: ${code}`);
    }
  });

  it('and there is no problem in the document that none of these requests was answered with', () => {
    const ofConnections = ['request_timeout', 'headers_too_large'];
    const listed = rows.flatMap(row => problemsOf(row).map(code => ({ code, shown: `${row.library}: ${code}` })));
    const missing = listed.filter(({ code, shown }) => !ofConnections.includes(code) && !checker.seen.has(shown));
    expect(missing.map(({ shown }) => shown)).toEqual([]);
    expect(listed.length).toBeGreaterThan(100);
  });

  it('and the check would report an answer that the document does not describe', async () => {
    const answer = await send(server.url, '/me');
    expect(() =>
      checker.checkAnswer('GET', '/me', { ...answer, json: { ...answer.json, code: 'card_not_found' } }),
    ).toThrow('data/code must be equal');
    expect(() => checker.checkAnswer('GET', '/me', { ...answer, status: 418 })).toThrow('is described with 418');
    expect(() => checker.checkAnswer('GET', '/me', { ...answer, headers: {} })).toThrow('x-request-id');
    const { 'content-type': _, ...untyped } = answer.headers;
    expect(() => checker.checkAnswer('GET', '/me', { ...answer, headers: untyped })).toThrow('problem+json');
  });
});
