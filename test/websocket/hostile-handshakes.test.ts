import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RawClient } from '../support/sockets/raw-client.js';
import { handshake, rawConnect } from '../support/sockets/raw-client.js';
import { MANY, useServerUnderAttack } from '../support/sockets/server-under-attack.js';

const server = useServerUnderAttack();

const connectAll = async (count = MANY): Promise<RawClient[]> => {
  const clients = await Promise.all(Array.from({ length: count }, () => rawConnect(server.origin)));
  onTestFinished(() => {
    for (const { socket } of clients) socket.destroy();
  });
  return clients;
};

const headers = (count: number): string => Array.from({ length: count }, (_, index) => `a${index}:b\r\n`).join('');
const [line, rest] = handshake().split(/(?<=HTTP\/1\.1\r\n)/);

/** Bytes in place of a valid handshake, and the status of the response. */
const handshakes: readonly [string, string, number][] = [
  ['garbage', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n', 400],
  ['text', 'hello\r\n\r\n', 400],
  ['2,200 headers before those that count', `${line}${headers(2200)}${rest}`, 400],
  ['2,200 headers behind those that count', handshake().replace(/\r\n$/, `${headers(2200)}\r\n`), 400],
  ['headers of 17 KiB', handshake({ 'X-Large': 'x'.repeat(17 * 1024) }), 431],
  ['HTTP/1.0', handshake({ start: 'GET /ws HTTP/1.0' }), 400],
  ['no host', handshake({ Host: undefined }), 400],
  ['no key', handshake({ 'Sec-WebSocket-Key': undefined }), 400],
  ['a key that is too short', handshake({ 'Sec-WebSocket-Key': 'short' }), 400],
  ['no version', handshake({ 'Sec-WebSocket-Version': undefined }), 400],
  ['an old version', handshake({ 'Sec-WebSocket-Version': '7' }), 400],
  ['no subprotocol', handshake({ 'Sec-WebSocket-Protocol': undefined }), 400],
  ['a list of subprotocols that is none', handshake({ 'Sec-WebSocket-Protocol': 'tradepost.v1,,' }), 400],
  ['a foreign origin', handshake({ Origin: 'https://evil.example' }), 403],
  ['no credentials that hold', handshake({ Authorization: 'Bearer rubbish' }), 401],
  ['two cookies of one name', handshake({ Cookie: 'session=a; session=b', Host: 'HERE', Origin: 'http://HERE' }), 401],
  ['POST', handshake({ start: 'POST /ws HTTP/1.1' }), 405],
  ['another path', handshake({ start: 'GET /ws/ HTTP/1.1' }), 404],
  ['a path that is none', handshake({ start: 'GET /%ff%2e%2e/ws HTTP/1.1' }), 404],
];

describe('handshakes that no client should send', () => {
  it.each(handshakes)('%s: refused, and the connection ends', async (_what, bytes, status) => {
    await server.withstands(async () => {
      const clients = await connectAll();
      for (const { socket } of clients) socket.write(bytes.replaceAll('HERE', new URL(server.origin).host), 'latin1');
      await Promise.all(clients.map(client => client.gone()));
      expect(clients.map(client => client.status)).toEqual(clients.map(() => status));
    });
  });

  it('what is wrong with one is told like everything else, and which version is spoken', async () => {
    for (const changes of [{ 'Sec-WebSocket-Version': '7' }, { 'Sec-WebSocket-Key': 'x' }, { Host: undefined }]) {
      const [client] = await connectAll(1);
      client?.socket.write(handshake(changes));
      await client?.gone();
      expect(client?.text).toContain('Sec-WebSocket-Version: 13\r\n');
      expect(client?.text).toContain('Content-Type: application/problem+json; charset=utf-8\r\n');
      expect(client?.text).toContain('"code":"malformed_request"');
    }
  });

  it('one that comes byte by byte is given up after five seconds', async () => {
    await server.withstands(async () => {
      const clients = await connectAll(50);
      const bytes = handshake();
      let sent = 0;
      const drip = setInterval(() => {
        for (const { socket } of clients) socket.write(bytes.charAt(sent));
        sent += 1;
      }, 100);
      onTestFinished(() => clearInterval(drip));
      const began = performance.now();
      await Promise.all(clients.map(client => client.gone()));
      // 5 s of patience, and half a second until it is looked at.
      expect(performance.now() - began).toBeLessThan(7000);
      expect(sent).toBeLessThan(bytes.length);
    });
  });

  it('from peers that half-close or vanish leave nothing behind', async () => {
    await server.withstands(async () => {
      for (let round = 0; round < 10; round += 1) {
        const clients = await connectAll(30);
        for (const [index, { socket }] of clients.entries()) {
          const bytes = handshake(index % 2 === 0 ? {} : { Authorization: 'Bearer rubbish' });
          if (index % 3 === 0) socket.end(bytes);
          else socket.write(bytes, () => socket.resetAndDestroy());
        }
        await vi.waitFor(() => expect(clients.filter(({ socket }) => !socket.closed)).toEqual([]), 10_000);
      }
    });
  });
});

describe('requests that offer another protocol', () => {
  const offering = (start: string, more = '', body = ''): string =>
    `${start} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n${more}\r\n${body}`;

  it('are served as if they did not, their bodies too, one after the other on one connection', async () => {
    const [client] = await connectAll(1);
    client?.socket.write(offering('GET /me'));
    await vi.waitFor(() => expect(client?.text).toContain('"code":"unauthenticated"'), 10_000);
    const body = JSON.stringify({ username: 'nobody', password: 'correct horse' });
    const more = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
    client?.socket.write(offering('POST /login', more, body));
    await vi.waitFor(() => expect(client?.text).toContain('"code":"invalid_credentials"'), 10_000);
    client?.socket.write(offering('POST /login', more, body.slice(0, 10)));
    client?.socket.write(body.slice(10));
    client?.socket.write('GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    await client?.gone();
    expect(client?.text.match(/HTTP\/1\.1 \d+/g)).toEqual(['401', '401', '401', '200'].map(code => `HTTP/1.1 ${code}`));
  });

  it('are refused with more headers than Node keeps: what it dropped may say where the body ends', async () => {
    const [client] = await connectAll(1);
    const inner = 'GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    const more = `${'a:\r\n'.repeat(2100)}Content-Type: application/json\r\nContent-Length: ${inner.length}\r\n`;
    client?.socket.write(offering('POST /login', more, inner));
    await client?.gone();
    // One request, so one answer: its body is not taken for another.
    expect(client?.text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 400']);
    expect(client?.text).toContain('"code":"malformed_request"');
  });
});
