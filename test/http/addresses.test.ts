import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addCard, program, register } from '../support/http/http-users.js';
import { expectAnswer, expectProblem, pointers, send } from '../support/http/requests.js';
import type { Serving } from '../support/servers/http-server.js';
import { serve } from '../support/servers/http-server.js';

const SOME_ID = '01890a5d-ac96-774b-bcce-b302099a8057';
let server: Serving;
let headers: { authorization: string };

beforeAll(async () => {
  server = await serve();
  headers = await program(server.url, await register(server.url));
  await addCard(server.url, headers);
});
afterAll(() => server.stop());

describe('escapes that are not UTF-8', () => {
  test.each(['/sessions/%zz', '/sessions/%', '/sessions/%ff', '/sessions/%c0%af', '/sessions/%ed%a0%80'])(
    'in the path: %s',
    async path => {
      expectProblem(await send(server.url, path, { method: 'DELETE', headers }), 400, 'malformed_request');
    },
  );

  test.each(['limit=%zz', 'after=%', 'after=%ff', 'after=%E0%A4', '%ff=1', 'after=%ed%a0%80'])(
    'in the query: %s',
    async query => {
      expectProblem(await send(server.url, `/cards?${query}`, { headers }), 400, 'malformed_request');
    },
  );
});

describe('queries', () => {
  test.each([
    'limit=1e3',
    'limit=+1',
    'limit=%201',
    'limit=0x10',
    'limit=1.0',
    'limit=',
    'limit',
    'limit=-1',
    'limit=00',
    `limit=${'9'.repeat(16)}`,
    'limit=Infinity',
    'limit=null',
    'limit=%31%00',
  ])('limit is refused: %s', async query => {
    const answer = await send(server.url, `/cards?${query}`, { headers });
    expectProblem(answer, 422, 'validation_failed');
    expect(new Set(pointers(answer))).toEqual(new Set(['/limit']));
  });

  test('a repeated key is refused', async () => {
    for (const query of ['limit=1&limit=1', 'limit=1&limit=2', 'limit=1&%6cimit=2', 'limit=1&limit']) {
      const answer = await send(server.url, `/cards?${query}`, { headers });
      expectProblem(answer, 422, 'validation_failed');
      expect(pointers(answer)).toEqual(['/limit']);
    }
  });

  const unknown = {
    'sort=name': '/sort',
    'limit[]=1': '/limit[]',
    'limit[$gt]=1': '/limit[$gt]',
    '__proto__=x': '/__proto__',
    'constructor=x': '/constructor',
    '=x': '/',
    'a%2Fb=x': '/a~1b',
    ' limit=1': '/ limit',
  };
  test.each(Object.entries(unknown))('an unknown key is refused: %s', async (query, pointer) => {
    const answer = await send(server.url, `/cards?${query.replaceAll(' ', '%20')}`, { headers });
    expectProblem(answer, 422, 'validation_failed');
    expect(pointers(answer)).toEqual([pointer]);
  });

  test('a query is refused by operations whose input is the body', async () => {
    const answer = await send(server.url, '/cards?name=King', { method: 'POST', headers, body: { name: 'Ace' } });
    expectProblem(answer, 422, 'validation_failed');
    expect(pointers(answer)).toEqual(['/name']);
  });

  test('a parameter of the path cannot be set by the query', async () => {
    const answer = await send(server.url, `/sessions/${SOME_ID}?id=${SOME_ID}`, { method: 'DELETE', headers });
    expectProblem(answer, 422, 'validation_failed');
    expect(pointers(answer)).toEqual(['/id']);
  });

  test.each(['', '?', '?&', '?limit=50', '?%6cimit=50&'])('/cards%s is accepted', async query => {
    const answer = await send(server.url, `/cards${query}`, { headers });
    expectAnswer(answer, 200);
    expect(answer.json.items).toHaveLength(1);
  });

  test('a misspelt query ends no session', async () => {
    const person = await register(server.url);
    const [one, two] = [await program(server.url, person), await program(server.url, person)];
    for (const query of ['except=', 'except=Current', 'Except=current', 'except=current&except=current']) {
      expectProblem(
        await send(server.url, `/sessions?${query}`, { method: 'DELETE', headers: one }),
        422,
        'validation_failed',
      );
    }
    expectAnswer(await send(server.url, '/me', { headers: two }), 200);
  });
});

test('line breaks in a path do not get into headers', async () => {
  const injected = encodeURIComponent('x\r\nSet-Cookie: session=planted\r\n\r\n<script>');
  for (const path of [`/sessions/${injected}`, `/sessions/x?id=${injected}`, `/${injected}`]) {
    const answer = await send(server.url, path, { method: 'DELETE', headers });
    expect([404, 422]).toContain(answer.status);
    expect(answer.headers).not.toHaveProperty('set-cookie');
  }
});

describe('routes', () => {
  test.each([
    '/',
    '/nope',
    '/CARDS',
    '/cards/',
    '//cards',
    '/cards//',
    '/cards/1',
    '/sessions/',
    `/sessions/${SOME_ID}/`,
    '/me.json',
    '/%63ards/..',
    '/cards;x',
    '/__proto__',
    '/constructor',
  ])('%s is not found', async path => {
    expectProblem(await send(server.url, path, { headers }), 404, 'route_not_found');
    expectProblem(await send(server.url, path, { method: 'POST', headers, body: {} }), 404, 'route_not_found');
  });

  const allowed: Record<string, string> = {
    '/register': 'POST, OPTIONS',
    '/login': 'POST, OPTIONS',
    '/logout': 'POST, OPTIONS',
    '/me': 'GET, HEAD, OPTIONS',
    '/cards': 'POST, GET, HEAD, OPTIONS',
    '/trades': 'POST, GET, HEAD, OPTIONS',
    '/sessions': 'GET, DELETE, HEAD, OPTIONS',
    [`/sessions/${SOME_ID}`]: 'DELETE, OPTIONS',
  };
  test.each(Object.entries(allowed))(
    '%s accepts %s and lists them when another method is used',
    async (path, methods) => {
      for (const method of ['PUT', 'PATCH', 'TRACE', 'PROPFIND', 'GET', 'POST', 'DELETE']) {
        if (methods.split(', ').includes(method)) continue;
        const answer = await send(server.url, path, { method, headers });
        expectProblem(answer, 405, 'method_not_allowed');
        expect(answer.headers.allow).toBe(methods);
      }
      const options = await send(server.url, path, { method: 'OPTIONS' });
      expectAnswer(options, 204);
      expect(options.headers.allow).toBe(methods);
    },
  );

  test('HEAD is answered like GET, without a body', async () => {
    const [get, head] = [
      await send(server.url, '/cards', { headers }),
      await send(server.url, '/cards', { method: 'HEAD', headers }),
    ];
    expectAnswer(head, 200);
    expect(head.text).toBe('');
    expect(head.headers['content-length']).toBe(get.headers['content-length']);
    const refused = await send(server.url, '/cards', { method: 'HEAD' });
    expectAnswer(refused, 401);
    expect(refused.text).toBe('');
    expectAnswer(await send(server.url, '/login', { method: 'HEAD' }), 405);
  });

  test('a method in headers or query is ignored or refused', async () => {
    const overriding = { ...headers, 'x-http-method-override': 'DELETE' };
    expectAnswer(await send(server.url, '/sessions', { headers: overriding }), 200);
    expectProblem(await send(server.url, '/sessions?_method=DELETE', { headers }), 422, 'validation_failed');
    expectAnswer(await send(server.url, '/me', { headers }), 200);
  });
});
