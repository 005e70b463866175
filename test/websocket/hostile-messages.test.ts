import { describe, expect, it, vi } from 'vitest';
import { frame } from '../support/sockets/frames.js';
import { useServerUnderAttack } from '../support/sockets/server-under-attack.js';

const server = useServerUnderAttack();

const call = (method: string, params: string, id = 1): string =>
  `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}`;
const register = (username: string): string =>
  call('users.register', `{"email":"a@b.example","username":${username},"name":"A","password":"correct horse"}`);
const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

/** Text, the code of the resulting error, and the id of the answer. */
const messages: readonly [string, string, number, unknown][] = [
  ['nothing', '', -32700, null],
  ['no JSON', '{]', -32700, null],
  ['NUL between brackets', '{\0}', -32700, null],
  ['NUL in a string', '{"jsonrpc":"2.0\0"}', -32700, null],
  ['a key twice', '{"jsonrpc":"2.0","id":1,"id":2,"method":"rpc.ping"}', -32700, null],
  ['a key twice, once in disguise', '{"jsonrpc":"2.0","id":1,"\\u0069d":2,"method":"rpc.ping"}', -32700, null],
  ['a key twice in the parameters', call('cards.add', '{"name":"a","name":"b"}'), -32700, null],
  ['nine levels', call('rpc.ping', `{"a":${deep(7)}}`), -32700, null],
  ['eight thousand levels', deep(8000), -32700, null],
  ['eight thousand levels that do not end', '['.repeat(16_000), -32700, null],
  ['a batch', `[${call('rpc.ping', '{}')}]`, -32600, null],
  ['an empty batch', '[]', -32600, null],
  ['a number', '1', -32600, null],
  ['another version', '{"jsonrpc":"1.0","id":7,"method":"rpc.ping"}', -32600, 7],
  ['a prototype for an envelope', '{"__proto__":{"jsonrpc":"2.0","id":1,"method":"rpc.ping"}}', -32600, null],
  ['a prototype in the envelope', '{"jsonrpc":"2.0","id":1,"method":"rpc.ping","__proto__":{"x":1}}', -32600, 1],
  ['a method of objects', call('__proto__', '{}'), -32601, 1],
  ['parameters without names', call('rpc.ping', '[1]'), -32602, 1],
  ['a prototype for parameters', call('rpc.ping', '{"__proto__":{"x":1}}'), -32602, 1],
  ['NUL in a field', register('"a\\u0000b"'), -32602, 1],
  ['a lone surrogate in a field', register('"abc\\ud83c"'), -32602, 1],
  ['a query for a field', register('{"$gt":""}'), -32602, 1],
];

describe('messages that no client should send', () => {
  it.each(messages)('%s: answered with the right code, and the socket goes on', async (_what, text, code, id) => {
    await server.withstands(async () => {
      const clients = await server.attackers();
      for (const { socket } of clients) socket.write(frame({ payload: text }));
      const first = () => clients.map(({ answers: [answer] }) => [answer?.error?.code, answer?.id]);
      await vi.waitFor(() => expect(first()).toEqual(clients.map(() => [code, id])), { timeout: 10_000 });
      for (const { socket } of clients) socket.write(frame({ payload: call('rpc.ping', '{}', 2) }));
      await vi.waitFor(() => expect(clients.every(({ answers }) => answers.at(-1)?.id === 2)).toBe(true), 10_000);
    });
  });

  it('a flood of what is no JSON: ten are answered, with the last the socket is closed', async () => {
    await server.withstands(async () => {
      const clients = await server.attackers();
      const flood = Buffer.concat(Array(5000).fill(frame({ payload: '{"' })));
      for (const { socket } of clients) socket.write(flood);
      const codes = () => clients.map(({ closeCode }) => closeCode);
      await vi.waitFor(() => expect(codes()).toEqual(clients.map(() => 1008)), 10_000);
      for (const { answers } of clients) {
        expect(new Set(answers.map(({ error }) => error?.code))).toEqual(new Set([-32700]));
        expect(answers.length).toBeGreaterThanOrEqual(10);
        // One more each second that passes meanwhile.
        expect(answers.length).toBeLessThan(14);
      }
    });
  });

  it('a flood of good messages: a hundred are carried out, some more refused, then the socket is closed', async () => {
    await server.withstands(async () => {
      const clients = await server.attackers();
      const flood = Buffer.concat(Array(5000).fill(frame({ payload: call('rpc.ping', '{}') })));
      for (const { socket } of clients) socket.write(flood);
      const codes = () => clients.map(({ closeCode }) => closeCode);
      await vi.waitFor(() => expect(codes()).toEqual(clients.map(() => 4429)), 10_000);
      for (const { answers } of clients) {
        const refused = answers.filter(({ error }) => error);
        // A hundred at once, and one more each 0.6 s that passes meanwhile.
        expect(answers.length - refused.length).toBeGreaterThanOrEqual(100);
        expect(answers.length).toBeLessThan(140);
        expect(refused.length).toBeGreaterThanOrEqual(20);
        expect(refused[0]).toMatchObject({
          id: 1,
          error: { code: 429, data: { code: 'rate_limited', retryAfter: expect.any(Number) } },
        });
      }
    });
  });

  it('a flood that asks for long answers and reads none of them', async () => {
    await server.withstands(async () => {
      const clients = await server.attackers(100);
      const flood = Buffer.concat(Array(2000).fill(frame({ payload: call('rpc.discover', '{}') })));
      for (const { socket } of clients) {
        socket.pause();
        socket.write(flood);
      }
      await vi.waitFor(
        () => expect(clients.every(({ socket }) => socket.destroyed || socket.writableLength === 0)).toBe(true),
        20_000,
      );
      for (const client of clients) {
        client.socket.resume();
        await client.gone();
      }
    });
  });
});
