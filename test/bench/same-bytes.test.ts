import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { type Answer, fetchAnswer, templateOf } from '../../bench/contestants/answer.js';
import { assertSameBytes, difference } from '../../bench/contestants/same-bytes.js';

const answer = (head: readonly string[], body = '{"items":[]}'): Answer => ({
  bytes: Buffer.from(['HTTP/1.1 200 OK', ...head, '', body].join('\r\n')),
  status: 200,
  headers: [],
  body,
});

const HEAD = ['X-Request-Id: 1', 'Cache-Control: no-store', 'Date: Thu, 26 Nov 2026 09:00:00 GMT'];

test('request ids and dates may differ', () => {
  const other = ['X-Request-Id: 2', 'Cache-Control: no-store', 'Date: Thu, 26 Nov 2026 09:00:01 GMT'];
  expect(difference(answer(HEAD), answer(other))).toBeNull();
});

test.each([
  ['the value of another header', ['X-Request-Id: 1', 'Cache-Control: private', HEAD[2] ?? '']],
  ['the case of a name', ['X-Request-Id: 1', 'cache-control: no-store', HEAD[2] ?? '']],
  ['the order of headers', ['Cache-Control: no-store', 'X-Request-Id: 1', HEAD[2] ?? '']],
  ['a header that is missing', HEAD.slice(0, 2)],
  ['a header that is new', [...HEAD, 'ETag: 1']],
])('%s counts', (_what, head) => {
  expect(difference(answer(HEAD), answer(head))).toMatch(/^line \d:\n- .*\n\+ /);
});

test('every byte of the body counts, but for what is fresh in each', () => {
  const [one, other] = [answer(HEAD, '{"id":"a1","name":"x"}'), answer(HEAD, '{"id":"b2","name":"x"}')];
  const idOf = ({ body }: Answer) => [(JSON.parse(body) as { id: string }).id];
  expect(difference(one, other)).toContain('"{\\"id\\":\\"b2\\"');
  expect(difference(one, other, idOf)).toBeNull();
  expect(difference(one, answer(HEAD, '{"id":"b2","name":"y"}'), idOf)).not.toBeNull();
  expect(() => assertSameBytes(['Tradepost', 'other'], [one, other])).toThrow('other did not return the same bytes');
});

const server = createServer((_request, response) => {
  response.writeHead(200, ['X-Request-Id', '7', 'content-LENGTH', '4']);
  response.write('da');
  setTimeout(() => response.end('ta'), 20);
});
afterAll(() => void server.close());

test('an answer is read whole and as it came, and a template has what Node does not add', async () => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const found = await fetchAnswer(origin, { method: 'GET', path: '/', headers: {} });
  expect(found.status).toBe(200);
  expect(found.body).toBe('data');
  expect(found.bytes.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\nX-Request-Id: 7\r\ncontent-LENGTH: 4\r\n.*\r\ndata$/s);
  expect(templateOf(found)).toEqual({ status: 200, headers: ['X-Request-Id', '7', 'content-LENGTH', '4'] });
});
