import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { program, register } from '../support/http/http-users.js';
import type { Answer } from '../support/http/requests.js';
import { expectAnswer, expectProblem, pointers, send } from '../support/http/requests.js';
import type { Serving } from '../support/servers/http-server.js';
import { serve } from '../support/servers/http-server.js';

let server: Serving;
let authorization: string;

beforeAll(async () => {
  server = await serve();
  authorization = (await program(server.url, await register(server.url))).authorization;
});
afterAll(() => server.stop());

const post = (body: string | Buffer, headers: object = { 'content-type': 'application/json' }): Promise<Answer> =>
  send(server.url, '/cards', { method: 'POST', headers: { authorization, ...headers }, body });

const CARD = JSON.stringify({ name: 'Ace' });

describe('media types', () => {
  const refused = [
    undefined,
    '',
    'text/plain',
    'text/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/problem+json',
    'application/jsonp',
    'application/json; charset=latin1',
    'application/json; charset=utf-16',
    'application/json; charset=utf-7',
    'application/json; charset=utf-8; charset=utf-16',
    'application/json, text/plain',
    'text/plain; application/json',
    'json',
  ];
  test.each(refused)('%j is refused', async type => {
    expectProblem(await post(CARD, type === undefined ? {} : { 'content-type': type }), 415, 'unsupported_media_type');
  });

  const accepted = [
    'application/json',
    'Application/JSON',
    'application/json;charset=UTF-8',
    'application/json; charset="utf-8"',
  ];
  test.each(accepted)('%j is accepted', async type => {
    expectAnswer(await post(CARD, { 'content-type': type }), 201);
  });

  test.each(['gzip', 'deflate', 'br', 'zstd', 'gzip, gzip'])('a body compressed as %s is refused', async encoding => {
    const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
    expectProblem(await post(gzipSync(CARD), headers), 415, 'unsupported_media_type');
  });

  test('a large body compressed to a small one is not decompressed', async () => {
    const bomb = gzipSync(`{"name":"${' '.repeat(10_000_000)}"}`);
    expect(bomb.length).toBeLessThan(16_384);
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    expectProblem(await post(bomb, headers), 415, 'unsupported_media_type');
  });

  test('an operation without input needs no body, and accepts only JSON', async () => {
    const logout = async (outgoing: { headers?: object; body?: string }) => {
      const headers = { ...(await program(server.url, await person)), ...outgoing.headers };
      return send(server.url, '/logout', { method: 'POST', ...outgoing, headers });
    };
    const person = register(server.url);
    expectAnswer(await logout({}), 204);
    expectAnswer(await logout({ headers: { 'content-type': 'application/json' }, body: '{}' }), 204);
    expectProblem(
      await logout({ headers: { 'content-type': 'text/plain' }, body: '{}' }),
      415,
      'unsupported_media_type',
    );
    expectProblem(await logout({ body: 'x' }), 415, 'unsupported_media_type');
    const more = await logout({ headers: { 'content-type': 'application/json' }, body: '{"everywhere":true}' });
    expectProblem(more, 422, 'validation_failed');
  });
});

describe('bodies that cannot be read', () => {
  const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  const unreadable: Record<string, string | Buffer> = {
    empty: '',
    spaces: '  ',
    truncated: '{"name":"Ace"',
    'with a trailing comma': '{"name":"Ace",}',
    'two values': '{"name":"Ace"}{"name":"King"}',
    'not JSON': 'name=Ace',
    'NaN in it': '{"name":NaN}',
    'single quotes': "{'name':'Ace'}",
    'a raw control character': '{"name":"A\nce"}',
    'a byte that is not UTF-8': Buffer.from([...Buffer.from('{"name":"'), 0xff, ...Buffer.from('"}')]),
    'an overlong encoding': Buffer.from([...Buffer.from('{"name":"'), 0xc0, 0xaf, ...Buffer.from('"}')]),
    'a surrogate in UTF-8': Buffer.from([...Buffer.from('{"name":"'), 0xed, 0xa0, 0x80, ...Buffer.from('"}')]),
    'half a character at the end': Buffer.from([...Buffer.from('{"name":"A"}'), 0xf0, 0x9f]),
    'UTF-16': Buffer.from(CARD, 'utf16le'),
    'a key twice': '{"name":"Ace","name":"King"}',
    'a key twice, once escaped': '{"name":"Ace","n\\u0061me":"King"}',
    'a key twice in a nested object': '{"name":"Ace","description":{"a":1,"a":2}}',
    '__proto__ twice': '{"__proto__":1,"__proto__":2}',
    'nine levels deep': deep(9),
    'nine levels deep in a field': `{"name":${deep(8)}}`,
    'thousands of levels deep': deep(8000),
  };
  test.each(Object.keys(unreadable))('%s', async what => {
    expectProblem(await post(unreadable[what] ?? ''), 400, 'malformed_request');
  });

  test('repeated keys and brackets inside strings are no error', async () => {
    expectAnswer(await post('{"name":"\\"name\\":1, [[[[[[[[[[{{{{{{{{{{","description":"name"}'), 201);
    expectProblem(await post(deep(8)), 422, 'validation_failed');
    expectProblem(await post('[{"a":1},{"a":1}]'), 422, 'validation_failed');
  });
});

test.each(['null', '[]', '[{"name":"Ace"}]', '"Ace"', '5', 'true'])(
  'the body %s is JSON but not an object',
  async body => {
    const answer = await post(body);
    expectProblem(answer, 422, 'validation_failed');
    expect(pointers(answer)).toEqual(['']);
  },
);

test('a repeated Idempotency-Key header is refused', async () => {
  const headers = { 'content-type': 'application/json', 'idempotency-key': ['one', 'two'] };
  const answer = await post(CARD, headers);
  expectProblem(answer, 422, 'validation_failed');
  expect(pointers(answer)).toEqual(['/idempotencyKey']);
});

describe('size', () => {
  const padded = (size: number) => CARD.padEnd(size, ' ');
  const json = { 'content-type': 'application/json' };

  test('a body of 16,384 bytes is read', async () => {
    expectAnswer(await post(padded(16_384)), 201);
  });

  test('a body of 16,385 bytes is refused, and the connection ends', async () => {
    const answer = await post(padded(16_385));
    expectProblem(answer, 413, 'payload_too_large');
    expect(answer.headers.connection).toBe('close');
  });

  test('a body of 16,385 bytes without a Content-Length is refused', async () => {
    const chunked = { ...json, 'transfer-encoding': 'chunked' };
    expectAnswer(await post(padded(16_384), chunked), 201);
    expectProblem(await post(padded(16_385), chunked), 413, 'payload_too_large');
  });

  test('bytes are counted, not characters', async () => {
    expectProblem(await post(JSON.stringify({ name: 'x', description: 'é'.repeat(8192) })), 413, 'payload_too_large');
  });

  test('a body that is too large is refused before authentication', async () => {
    const answer = await send(server.url, '/cards', { method: 'POST', headers: json, body: padded(16_385) });
    expectProblem(answer, 413, 'payload_too_large');
  });
});

test('text is returned unchanged, with characters that are special in JSON and HTML', async () => {
  const description = '</script>\u2028\u2029"\\\u0001 \u{1f0cf}';
  const answer = await send(server.url, '/cards', {
    method: 'POST',
    headers: await program(server.url, await register(server.url)),
    body: { name: 'Ace', description },
  });
  expectAnswer(answer, 201);
  expect(answer.json.description).toBe(description);
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(answer.text)));
});
