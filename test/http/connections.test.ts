import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { createHttpServer } from '../../src/adapters/driving/http/http-server.js';
import { httpHandler } from '../../src/adapters/driving/http/index.js';
import { attachWebSocket } from '../../src/adapters/driving/websocket/index.js';
import { createTradepost } from '../../src/index.js';
import { cheapHashing } from '../support/cheap-hashing.js';
import { program, register } from '../support/http/http-users.js';
import { send } from '../support/http/requests.js';
import { SECRET } from '../support/servers/http-server.js';
import type { ServingProcess } from '../support/servers/processes.js';
import { serveInProcess } from '../support/servers/processes.js';
import { handshake } from '../support/sockets/raw-client.js';

let server: ServingProcess;
let authorization: string;
let person: Awaited<ReturnType<typeof register>>;

beforeAll(async () => {
  server = await serveInProcess({ DATABASE_URL: 'memory:' });
  person = await register(server.origin);
  authorization = (await program(server.origin, person)).authorization;
});
afterAll(async () => {
  expect(server.exited, server.output()).toBe(false);
  expect(await server.stop()).toBe(0);
});

/** A connection and everything received over it. */
class Line {
  text = '';
  readonly closed: Promise<unknown>;

  constructor(readonly socket: Socket) {
    socket.setEncoding('latin1').on('data', chunk => {
      this.text += chunk;
    });
    socket.on('error', () => undefined).once('end', () => socket.end());
    this.closed = once(socket, 'close').catch(() => undefined);
    onTestFinished(() => void socket.destroy());
  }

  get statuses(): number[] {
    return [...this.text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
  }

  async until(pattern: RegExp | (() => boolean)): Promise<void> {
    const met = typeof pattern === 'function' ? pattern : () => pattern.test(this.text);
    await expect.poll(met, { timeout: 10_000 }).toBe(true);
  }
}

async function dial(origin = server.origin): Promise<Line> {
  const socket = connect({ port: Number(new URL(origin).port), host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  return new Line(socket);
}

const HOST = 'Host: 127.0.0.1\r\n';
const JSON_TYPE = 'Content-Type: application/json\r\n';

const post = (path: string, body: object, headers = ''): string => {
  const text = JSON.stringify(body);
  return `POST ${path} HTTP/1.1\r\n${HOST}${JSON_TYPE}Authorization: ${authorization}\r\n${headers}Content-Length: ${text.length}\r\n\r\n${text}`;
};
const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\n${HOST}${headers}\r\n`;
const login = (): string => post('/login', { email: person.email, password: person.password, delivery: 'token' });
const H2C = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';

const cardNames = async (): Promise<string[]> => {
  const { json } = await send(server.origin, '/cards?limit=100', { headers: { authorization } });
  return json.items.map(({ name }: { name: string }) => name);
};

describe('after a request that is not answered yet', () => {
  test('a refused upgrade does not end the process', async () => {
    const line = await dial();
    line.socket.write(
      'GET /me HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    await line.closed;
    expect(server.exited).toBe(false);
    expect(line.statuses).toEqual([421, 404]);
  });

  test.each([
    ['a foreign origin', handshake({ Origin: 'https://evil.example' }), 403],
    ['an unsupported version', handshake({ 'Sec-WebSocket-Version': '7' }), 400],
    ['another path', handshake({ start: 'GET /x HTTP/1.1' }), 404],
    ['a protocol with too many headers', `GET /me HTTP/1.1\r\n${HOST}${H2C}${'a:b\r\n'.repeat(300)}\r\n`, 400],
  ])('an upgrade with %s is refused after the answer', async (_what, upgrade, status) => {
    const line = await dial();
    line.socket.write(login() + upgrade);
    await line.closed;
    expect(line.statuses).toEqual([200, status]);
  });

  test('an upgrade is accepted after the answer: none is inside the stream of the socket', async () => {
    const line = await dial();
    line.socket.write(login() + handshake());
    await line.until(/101 Switching Protocols/);
    expect(line.statuses).toEqual([200, 101]);
    await new Promise(resolve => setTimeout(resolve, 200));
    expect(line.text.split('101 Switching Protocols')[1]?.split('\r\n\r\n')[1]).toBe('');
  });

  test('a request that offers another protocol is carried out once and answered in order', async () => {
    const line = await dial();
    line.socket.write(
      login() + post('/cards', { name: 'behind a login' }, H2C) + get('/health/live', 'Connection: close\r\n'),
    );
    await line.closed;
    expect(line.statuses).toEqual([200, 201, 200]);
    expect((await cardNames()).filter(name => name === 'behind a login')).toHaveLength(1);
  });

  test.each([
    ['text that is not HTTP', 'rubbish\r\n\r\n', 400],
    ['CONNECT', `CONNECT example.org:443 HTTP/1.1\r\n${HOST}\r\n`, 400],
    ['headers without an end', `GET /me HTTP/1.1\r\n${HOST}X: ${'x'.repeat(17_000)}`, 431],
    ['two hosts', `GET /me HTTP/1.1\r\n${HOST}${HOST}\r\n`, 400],
  ])('%s: refused after the answer to the earlier request', async (_what, bytes, status) => {
    const line = await dial();
    line.socket.write(login() + bytes);
    await line.closed;
    expect(line.statuses).toEqual([200, status]);
    expect(line.text).toContain('"code":');
  });

  test('no request is carried out after an answer that ends the connection', async () => {
    const line = await dial();
    line.socket.write(post('/cards', { name: 'last' }, 'Connection: close\r\n') + post('/cards', { name: 'too late' }));
    await line.closed;
    expect(line.statuses).toEqual([201]);
    expect(await cardNames()).not.toContain('too late');
  });

  test('a peer that has closed its half gets its answers', async () => {
    const line = await dial();
    line.socket.end(login() + post('/cards', { name: 'half closed' }));
    await line.closed;
    expect(line.statuses).toEqual([200, 201]);
  });
});

describe('many requests over one connection', () => {
  test('are all answered, in order', async () => {
    const line = await dial();
    const names = Array.from({ length: 60 }, (_, index) => `row ${index}`);
    line.socket.write(
      names.map(name => post('/cards', { name })).join('') + get('/health/live', 'Connection: close\r\n'),
    );
    await line.closed;
    expect([...line.text.matchAll(/"name":"(row \d+)"/g)].map(([, name]) => name)).toEqual(names);
  });

  test('whose answers are not read need little memory', async () => {
    const before = server.resident();
    const lines = await Promise.all(Array.from({ length: 10 }, () => dial()));
    for (const { socket } of lines) {
      socket.pause();
      socket.write(get('/openrpc.json').repeat(1700));
    }
    await new Promise(resolve => setTimeout(resolve, 2000));
    // Without the limit on unanswered requests it is 158.
    expect(server.resident() - before).toBeLessThan(64);
    expect((await send(server.origin, '/health/live')).status).toBe(200);
  });

  test('whose answers are read late are all answered', async () => {
    const line = await dial();
    line.socket.pause();
    line.socket.write(get('/health/live').repeat(1700) + get('/health/live', 'Connection: close\r\n'));
    await new Promise(resolve => setTimeout(resolve, 500));
    line.socket.resume();
    await line.closed;
    expect(line.statuses.filter(status => status === 200)).toHaveLength(1701);
  });
});

describe('an answer that ends the connection', () => {
  const live = (rest: string): string => `GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n${rest}\r\n`;
  const large =
    'POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 999999\r\n\r\n{';

  test.each([
    ['to HTTP/1.0', 'GET /health/live HTTP/1.0\r\n\r\n', 200],
    ['as the client asked', live('Connection: close\r\n'), 200],
    ['with bytes behind it that are not HTTP', `${live('')}GET /me\r\n\r\n`, 200],
    ['to a request that is not HTTP', 'GET /me\r\n\r\n', 400],
    ['to a body that is too large', large, 413],
  ])('%s reaches a client that goes on sending', async (_what, request, status) => {
    const line = await dial();
    const { socket } = line;
    socket.pause().write(request);
    // By now the server has answered. Had it closed the connection, it would reset it now, and a second write would fail.
    for (let piece = 0; piece < 3; piece += 1) {
      await pause(50);
      if (socket.writable) socket.write('GET /me HTTP/1.1\r\n');
    }
    expect(socket.errored).toBeNull();
    socket.resume();
    await line.closed;
    expect(line.statuses[0]).toBe(status);
  });
});

describe('the head of a request', () => {
  test.each([
    ['no version', 'GET /me\r\n\r\n'],
    ['two hosts', `GET /me HTTP/1.1\r\n${HOST}Host: b\r\n\r\n`],
    ['two hosts in HTTP/1.0', `GET /me HTTP/1.0\r\n${HOST}Host: b\r\n\r\n`],
  ])('with %s is refused with 400, and the connection ends', async (_what, bytes) => {
    const line = await dial();
    line.socket.write(bytes);
    await line.closed;
    expect(line.text).toMatch(/ 400 Bad Request\r\n/);
    expect(line.text).toContain('"code":"malformed_request"');
  });

  test('for another host is refused with 421, against DNS rebinding', async () => {
    const headers = { host: 'evil.example', origin: 'http://evil.example' };
    expect(await send(server.origin, '/login', { method: 'POST', headers, body: {} })).toMatchObject({ status: 421 });
    for (const host of ['localhost', 'LOCALHOST:1', '127.0.0.1:80', '[::1]:3000']) {
      expect(await send(server.origin, '/me', { headers: { host } }), host).toMatchObject({ status: 401 });
    }
    const line = await dial();
    line.socket.write(handshake({ Host: 'evil.example', Origin: 'http://evil.example' }));
    await line.closed;
    expect(line.statuses).toEqual([421]);
  });

  test('is accepted for the names of ALLOWED_HOSTS only', async () => {
    const own = await serveInProcess({ DATABASE_URL: 'memory:', ALLOWED_HOSTS: 'cards.example,.many.example' });
    onTestFinished(async () => void (await own.stop()));
    const statusFor = async (host: string) => (await send(own.origin, '/me', { headers: { host } })).status;
    for (const host of ['cards.example', 'Cards.Example:8443', 'many.example', 'a.many.example']) {
      expect(await statusFor(host), host).toBe(401);
    }
    for (const host of ['evil.example', 'notmany.example', 'a.cards.example', '127.0.0.1']) {
      expect(await statusFor(host), host).toBe(421);
    }
  });
});

describe('a body that is too large', () => {
  test('is refused by its Content-Length, without being read', async () => {
    const line = await dial();
    const began = performance.now();
    line.socket.write(`POST /login HTTP/1.1\r\n${HOST}${JSON_TYPE}Content-Length: 1000000000\r\n\r\n{`);
    await line.until(/"payload_too_large"/);
    await line.closed;
    expect(line.text).toContain('Connection: close\r\n');
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test('is refused as soon as too much of it has arrived, without a Content-Length', async () => {
    const line = await dial();
    line.socket.write(`POST /login HTTP/1.1\r\n${HOST}${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n`);
    const chunk = `1000\r\n${'x'.repeat(0x1000)}\r\n`;
    for (let sent = 0; sent < 5; sent += 1) line.socket.write(chunk);
    await line.until(/413 Payload Too Large/);
    await line.closed;
  });

  test('is not read to its end after a refusal for its origin', async () => {
    const line = await dial();
    line.socket.write(
      `POST /login HTTP/1.1\r\n${HOST}Origin: https://evil.example\r\n${JSON_TYPE}Content-Length: 1000000000\r\n\r\n{`,
    );
    await line.until(/403 Forbidden/);
    await line.closed;
    expect(line.text).toContain('Connection: close\r\n');
  });
});

describe('limits of a server', () => {
  async function start(options: Parameters<typeof createHttpServer>[1]) {
    const tradepost = await createTradepost({ storage: memory(), hashing: cheapHashing, rateLimits: 'off' });
    const handler = httpHandler(tradepost, { secrets: [SECRET] });
    const http = createHttpServer((request, response) => handler(request, response), options);
    http.server.listen(0, '127.0.0.1');
    await once(http.server, 'listening');
    onTestFinished(async () => {
      await http.stop(0);
      await tradepost.close();
    });
    return { origin: `http://127.0.0.1:${(http.server.address() as AddressInfo).port}`, http };
  }

  test('a peer that does not read is disconnected', async () => {
    const { origin, http } = await start({ patience: 500 });
    let cut = 0;
    http.server.on('connection', socket => socket.once('close', () => (cut += 1)));
    const large = 'x'.repeat(8 * 1024 * 1024);
    http.server.removeAllListeners('request');
    http.server.on('request', (_request, response) => void response.end(large));
    const line = await dial(origin);
    line.socket.pause();
    line.socket.write(get('/'));
    await expect.poll(() => cut, { timeout: 10_000 }).toBe(1);
  });

  test('a connection above the limit is closed', async () => {
    const { origin } = await start({ maxConnections: 2 });
    const lines = [await dial(origin), await dial(origin)];
    const [one] = lines;
    one?.socket.write(get('/me'));
    await one?.until(/401/);
    const third = await dial(origin);
    third.socket.write(get('/me'));
    await third.closed;
    expect(third.text).toBe('');
  });
});

describe('a server of an application', () => {
  async function attach(prepare: (server: Server) => void = () => undefined): Promise<string> {
    const tradepost = await createTradepost({ storage: memory(), hashing: cheapHashing, rateLimits: 'off' });
    const own = createServer((_request, response) => void setTimeout(() => response.end('slow'), 100));
    const sockets = attachWebSocket(own, tradepost, { secrets: [SECRET] });
    prepare(own);
    own.listen(0, '127.0.0.1');
    await once(own, 'listening');
    onTestFinished(async () => {
      await sockets.close();
      own.closeAllConnections();
      await new Promise(resolve => own.close(resolve));
      await tradepost.close();
    });
    return `http://127.0.0.1:${(own.address() as AddressInfo).port}`;
  }

  test('answers earlier requests before a socket opens on the same connection', async () => {
    const line = await dial(await attach());
    line.socket.write(get('/slow') + handshake());
    await line.until(/101 Switching Protocols/);
    expect(line.statuses).toEqual([200, 101]);
    expect(line.text.indexOf('slow')).toBeLessThan(line.text.indexOf('101 Switching'));
  });

  test('answers and closes upgrades that no listener serves', async () => {
    const origin = await attach(own => own.on('upgrade', () => undefined));
    const line = await dial(origin);
    const began = performance.now();
    line.socket.write(handshake({ start: 'GET /other HTTP/1.1' }));
    await line.closed;
    expect(line.statuses).toEqual([404]);
    expect(performance.now() - began).toBeLessThan(6_000);
  });

  test('survives the reset of an upgrade that no listener serves yet', async () => {
    const origin = await attach(own => own.on('upgrade', () => undefined));
    const failures: unknown[] = [];
    const onFailure = (error: unknown): void => void failures.push(error);
    process.on('uncaughtException', onFailure);
    onTestFinished(() => void process.off('uncaughtException', onFailure));
    for (let round = 0; round < 20; round += 1) {
      const line = await dial(origin);
      line.socket.write(handshake({ start: 'GET /other HTTP/1.1' }));
      await new Promise(resolve => setTimeout(resolve, 10));
      line.socket.resetAndDestroy();
    }
    await new Promise(resolve => setTimeout(resolve, 200));
    expect(failures).toEqual([]);
  });
});

test('the cause of a store that is not ready is for the log alone', async () => {
  const answer = await send(server.origin, '/health/ready');
  expect(answer.json).toEqual({ status: 'ok' });
});
