import { describe, expect, it, vi } from 'vitest';
import { frame } from '../support/sockets/frames.js';
import { useServerUnderAttack } from '../support/sockets/server-under-attack.js';

const server = useServerUnderAttack();

const PING = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'rpc.ping' });
const large = (bytes: number): string => PING.padEnd(bytes);
const euro = Buffer.from('€');

/** Bytes after the handshake, and the close code they cause. */
const frames: readonly [string, () => Buffer[], number][] = [
  ['a frame that is not masked', () => [frame({ payload: PING, masked: false })], 1002],
  ['the first reserved bit', () => [frame({ payload: PING, reserved: 0x40 })], 1002],
  ['the second reserved bit', () => [frame({ payload: PING, reserved: 0x20 })], 1002],
  ['the third reserved bit', () => [frame({ payload: PING, reserved: 0x10 })], 1002],
  ['a data opcode that is none', () => [frame({ opcode: 3, payload: PING })], 1002],
  ['a control opcode that is none', () => [frame({ opcode: 11 })], 1002],
  ['a continuation of nothing', () => [frame({ opcode: 0, payload: PING })], 1002],
  ['a message in the middle of another', () => [frame({ payload: '{', fin: false }), frame({ payload: PING })], 1002],
  ['a control frame in fragments', () => [frame({ opcode: 9, fin: false })], 1002],
  ['a control frame of 126 bytes', () => [frame({ opcode: 9, payload: 'x'.repeat(126) })], 1002],
  ['a close frame with half a code', () => [frame({ opcode: 8, payload: Buffer.from([3]) })], 1002],
  ['a close frame with a code that is none', () => [frame({ opcode: 8, payload: Buffer.from([3, 231]) })], 1002],
  ['plain HTTP', () => [Buffer.from('GET /me HTTP/1.1\r\nHost: x\r\n\r\n')], 1002],
  ['a binary frame', () => [frame({ opcode: 2, payload: PING })], 1003],
  [
    'a binary message in fragments',
    () => [frame({ opcode: 2, fin: false }), frame({ opcode: 0, payload: PING })],
    1003,
  ],
  ['an overlong encoding', () => [frame({ payload: Buffer.from([0x22, 0xc0, 0x80, 0x22]) })], 1007],
  ['a lone surrogate in UTF-8', () => [frame({ payload: Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]) })], 1007],
  [
    'a character cut off between two fragments',
    () => [frame({ payload: euro.subarray(0, 1), fin: false }), frame({ opcode: 0, payload: 'x' })],
    1007,
  ],
  ['a reason to close that is no UTF-8', () => [frame({ opcode: 8, payload: Buffer.from([3, 232, 0xff]) })], 1007],
  ['16,385 bytes', () => [frame({ payload: large(16_385) })], 1009],
  [
    '16,385 bytes in two fragments',
    () => [frame({ payload: large(16_384), fin: false }), frame({ opcode: 0, payload: ' ' })],
    1009,
  ],
  ['a frame that says it is a gigabyte', () => [frame({ payload: PING, stated: 2 ** 30 })], 1009],
  ['a frame that says it is larger than any can be', () => [frame({ payload: PING, stated: 2n ** 62n })], 1009],
  [
    'a message in ever more fragments',
    () => [frame({ payload: '{', fin: false }), ...Array(3000).fill(frame({ opcode: 0, payload: ' ', fin: false }))],
    1008,
  ],
  [
    'a message in ever more empty fragments',
    () => [frame({ fin: false }), ...Array(3000).fill(frame({ opcode: 0, fin: false }))],
    1008,
  ],
  ['a flood of pings', () => Array(5000).fill(frame({ opcode: 9, payload: 'x'.repeat(125) })), 4429],
  ['a flood of pongs', () => Array(5000).fill(frame({ opcode: 10 })), 4429],
];

describe('frames that no client should send', () => {
  it.each(frames)('%s: closed with the right code, without effect on others', async (_what, bytes, code) => {
    await server.withstands(async () => {
      const clients = await server.attackers();
      for (const { socket } of clients) socket.write(Buffer.concat(bytes()));
      const codes = () => clients.map(({ closeCode }) => closeCode);
      await vi.waitFor(() => expect(codes()).toEqual(clients.map(() => code)), { timeout: 10_000 });
    });
  });

  it('frames just within the limits are answered', async () => {
    await server.withstands(async () => {
      const [client] = await server.attackers(1);
      const text = JSON.stringify({ jsonrpc: '2.0', id: '€', method: 'rpc.ping' });
      const cut = Buffer.from(text).indexOf(euro) + 1;
      const pieces = [Buffer.from(text).subarray(0, cut), Buffer.from(text).subarray(cut)];
      client?.socket.write(
        Buffer.concat([
          frame({ payload: large(16_384) }),
          frame({ payload: pieces[0] ?? '', fin: false }),
          frame({ opcode: 9, payload: 'x'.repeat(125) }),
          frame({ opcode: 0, payload: pieces[1] ?? '' }),
        ]),
      );
      await vi.waitFor(() => expect(client?.answers.map(({ id }) => id)).toEqual([1, '€']), 10_000);
      expect(client?.frames.filter(({ opcode }) => opcode === 10)).toHaveLength(1);
      expect(client?.closeCode).toBeUndefined();
    });
  });

  it('sockets that vanish in the middle of a frame leave no resources behind', async () => {
    await server.withstands(async () => {
      for (let round = 0; round < 10; round += 1) {
        const clients = await server.attackers(50);
        for (const { socket } of clients) {
          socket.write(frame({ payload: large(16_000), stated: 16_384 }));
          socket.resetAndDestroy();
        }
      }
    });
  });
});
