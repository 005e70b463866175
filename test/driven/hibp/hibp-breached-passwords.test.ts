import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { HibpBreachedPasswords } from '../../../src/adapters/driven/hibp/hibp-breached-passwords.js';
import { rangeUrlFlaw } from '../../../src/adapters/driven/hibp/range-url.js';
import { parsePassword } from '../../../src/domain/password-policy.js';

const BREACHED = parsePassword('zażółć gęślą jaźń');
const OTHER = parsePassword('correct horse battery staple');
const hashOf = (text: string): string => createHash('sha1').update(text, 'utf8').digest('hex').toUpperCase();
const line = (count: number, hash = randomBytes(20).toString('hex').toUpperCase()): string =>
  `${hash.slice(5)}:${count}`;
const noise = (): string[] => Array.from({ length: 800 }, () => line(3));

/** Serves on a free port of loopback until the test ends. Returns the service and what it received. */
async function serve(listener: RequestListener, path = '/range/') {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    listener(request, response);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const reasons: string[] = [];
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
  const service = new HibpBreachedPasswords({ url, onFailure: reason => reasons.push(reason) });
  return { service, requests, reasons, url, server };
}

const answering = (lines: readonly string[]) => (_: IncomingMessage, response: ServerResponse) =>
  void response.end(lines.join('\r\n'));

describe('a service of breached passwords', () => {
  it('knows a password whose hash is in its range, and no other', async () => {
    const { service, reasons } = await serve((request, response) => {
      const known = [BREACHED, 'another'].map(hashOf).filter(hash => request.url === `/range/${hash.slice(0, 5)}`);
      response.end([...noise(), ...known.map(hash => line(17, hash)), ...noise()].join('\r\n'));
    });
    expect(await service.has(BREACHED)).toBe(true);
    expect(await service.has(OTHER)).toBe(false);
    expect(reasons).toEqual([]);
  });

  it('gets five digits of the hash and the request for padding, and nothing else of the password', async () => {
    const { service, requests } = await serve(answering([line(1)]));
    await service.has(BREACHED);
    expect(requests).toHaveLength(1);
    const [{ method, url, rawHeaders }] = requests as [IncomingMessage];
    expect({ method, url }).toEqual({ method: 'GET', url: `/range/${hashOf(BREACHED).slice(0, 5)}` });
    expect(requests[0]?.headers).toMatchObject({ 'add-padding': 'true', 'user-agent': 'tradepost' });
    const sent = `${url} ${rawHeaders.join(' ')}`.toUpperCase();
    expect(sent).not.toContain(hashOf(BREACHED).slice(0, 6));
    expect(sent).not.toContain(hashOf(BREACHED).slice(5));
    expect(sent).not.toContain(BREACHED.toUpperCase());
  });

  it('may pad with hashes that have the count 0, write lower case, end lines by LF, and compress', async () => {
    const answers: [string, boolean][] = [
      [line(0, hashOf(BREACHED)), false],
      [line(1, hashOf(BREACHED)).toLowerCase(), true],
      [`${line(2)}\n${line(1, hashOf(BREACHED))}\n`, true],
      ['', false],
    ];
    for (const [text, expected] of answers) {
      const { service, reasons } = await serve((_, response) => {
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(text));
      });
      expect(await service.has(BREACHED), text).toBe(expected);
      expect(reasons).toEqual([]);
    }
  });

  it('may have a path, with or without a slash at its end', async () => {
    const { service, requests } = await serve(answering([line(1)]), '/passwords/v3/range');
    await service.has(BREACHED);
    expect(requests[0]?.url).toBe(`/passwords/v3/range/${hashOf(BREACHED).slice(0, 5)}`);
  });
});

const breachedLine = line(5, hashOf(BREACHED));
const LONG = `${breachedLine}\r\n`.repeat(20_000);
const COMPRESSED = gzipSync(LONG.repeat(20));

describe('a service that misbehaves lets the password pass, with a reason', () => {
  it.concurrent.each<[what: string, reason: RegExp, listener: RequestListener]>([
    ['status 500', /status 500/, (_, response) => void response.writeHead(500).end(breachedLine)],
    ['status 404', /status 404/, (_, response) => void response.writeHead(404).end(breachedLine)],
    ['status 204', /status 204/, (_, response) => void response.writeHead(204).end()],
    ['garbage', /not a list/, answering(['<html>', breachedLine])],
    ['a line that is too short', /not a list/, answering([breachedLine, 'ABC:1'])],
    ['a line without a count', /not a list/, answering([breachedLine, breachedLine.split(':')[0] ?? ''])],
    ['bytes that are no text', /not a list/, (_, response) => void response.end(randomBytes(5000))],
    [
      'a redirect',
      /cannot be reached/,
      (_, response) => void response.writeHead(302, { location: '/range/00000' }).end(),
    ],
    ['a broken connection', /cannot be reached/, request => void request.socket.destroy()],
    ['an answer that is too long', /more than 512 KiB/, (_, response) => void response.end(LONG)],
    [
      'an answer that is too long when it is decompressed',
      /more than 512 KiB/,
      (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(COMPRESSED),
    ],
    ['no answer', /no complete answer within 1000 ms/, () => undefined],
    ['an answer without an end', /no complete answer/, (_, response) => void response.write(`${breachedLine}\r\n`)],
    [
      'an answer that trickles without an end',
      /no complete answer/,
      (_, response) => {
        const timer = setInterval(() => response.write(`${line(1)}\r\n`), 20);
        response.on('close', () => clearInterval(timer));
      },
    ],
  ])('%s', async (_what, reason, listener) => {
    const { service, reasons, requests } = await serve(listener);
    const start = performance.now();
    expect(await service.has(BREACHED)).toBe(false);
    expect(performance.now() - start).toBeLessThan(2500);
    expect(reasons).toEqual([expect.stringMatching(reason)]);
    expect(reasons.join()).not.toContain(hashOf(BREACHED).slice(0, 5));
    // No redirect is followed, and nothing is repeated.
    expect(requests).toHaveLength(1);
  });

  it('and where nothing listens', async () => {
    const { server, url } = await serve(answering([]));
    await new Promise(resolve => server.close(resolve));
    const reasons: string[] = [];
    const service = new HibpBreachedPasswords({ url, onFailure: reason => reasons.push(reason) });
    expect(await service.has(BREACHED)).toBe(false);
    expect(reasons).toEqual(['the service cannot be reached (ECONNREFUSED)']);
  });

  it('is reported once a minute, however many checks fail', async () => {
    const { service, reasons } = await serve((_, response) => void response.writeHead(503).end());
    const now = vi.spyOn(performance, 'now').mockReturnValue(1000);
    onTestFinished(() => now.mockRestore());
    for (let count = 0; count < 5; count += 1) await service.has(BREACHED);
    expect(reasons).toHaveLength(1);
    now.mockReturnValue(60_999);
    await service.has(BREACHED);
    expect(reasons).toHaveLength(1);
    now.mockReturnValue(61_000);
    await service.has(BREACHED);
    expect(reasons).toHaveLength(2);
  });

  it('holds the connections of 32 checks at most; further passwords pass at once', async () => {
    const { service, requests, reasons } = await serve(() => undefined);
    const start = performance.now();
    const checks = Array.from({ length: 40 }, () => service.has(BREACHED));
    await Promise.race(checks);
    expect(performance.now() - start).toBeLessThan(500);
    expect(reasons).toEqual(['there are 32 checks at the same time']);
    expect(await Promise.all(checks)).toEqual(Array.from({ length: 40 }, () => false));
    expect(requests).toHaveLength(32);
    expect(await service.has(OTHER)).toBe(false);
    expect(requests).toHaveLength(33);
  });

  it.each([
    ['the check is given up', 200],
    ['its answer is refused before it was read', 503],
  ])('loses its connection when %s', async (_when, status) => {
    const closed = vi.fn();
    const { service } = await serve((request, response) => {
      request.socket.on('close', closed);
      response.writeHead(status).write(`${line(1)}\r\n`);
    });
    await service.has(BREACHED);
    await vi.waitFor(() => expect(closed).toHaveBeenCalledOnce());
  });
});

describe('the URL of a service', () => {
  it.each([
    'https://api.pwnedpasswords.com/range/',
    'https://passwords.example.org:8443/range',
    'http://localhost:8080/range/',
    'http://127.0.0.1/range/',
    'http://[::1]:9000/',
  ])('may be %s', url => expect(rangeUrlFlaw(url)).toBeNull());

  it.each([
    '',
    'on',
    'ftp://example.org/',
    'http://api.pwnedpasswords.com/range/',
    'http://127.0.0.1.example.org/range/',
    'http://localhost.example.org/range/',
    'https://ann:secret@example.org/range/',
    'https://secret@example.org/range/',
    'https://:secret@example.org/range/',
    'https://example.org/range/?key=secret',
    'https://example.org/range/#secret',
  ])('must not be %s', url => {
    expect(rangeUrlFlaw(url)).toMatch(/^must /);
    expect(rangeUrlFlaw(url)).not.toContain('secret');
    expect(() => new HibpBreachedPasswords({ url })).toThrow(TypeError);
  });
});
