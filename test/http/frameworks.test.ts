import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import { Hono } from 'hono';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLogger as createWinston, transports } from 'winston';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { fetchHandler } from '../../src/adapters/driving/fetch/index.js';
import type { Logger } from '../../src/adapters/driving/http/index.js';
import { httpHandler, sessionCookies } from '../../src/adapters/driving/http/index.js';
import type { Tradepost } from '../../src/index.js';
import { createTradepost } from '../../src/index.js';
import { cheapHashing } from '../support/cheap-hashing.js';
import { stranger } from '../support/http/http-users.js';
import { expectProblem, send } from '../support/http/requests.js';
import { handlerFor, listen, SECRET } from '../support/servers/http-server.js';
import { altered } from '../support/stores/altered.js';

const secrets = [SECRET];
let tradepost: Tradepost;

beforeAll(async () => {
  tradepost = await createTradepost({ storage: memory(), hashing: cheapHashing, rateLimits: 'off' });
});
afterAll(() => tradepost.close());

describe('Hono', () => {
  const register = (body: object) => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

  test('mounts the handler and strips the path', async () => {
    const app = new Hono();
    const handler = fetchHandler(tradepost, { secrets });
    app.mount('/api', request => handler(request));
    const answer = await app.request('/api/register', register(stranger()));
    expect(answer.status).toBe(201);
    expect((await app.request('/api/nowhere')).status).toBe(404);
  });

  test('calls the handler without stripping the path, as Next.js does', async () => {
    const app = new Hono();
    const handler = fetchHandler(tradepost, { secrets, basePath: '/api' });
    app.all('/api/*', context => handler(context.req.raw));
    const answer = await app.request('/api/register', register(stranger()));
    expect(answer.status).toBe(201);
    expect((await app.request('/apiary/register', register(stranger()))).status).toBe(404);
    const head = await app.request('/api/me', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([401, '']);
  });

  test('the cookie is Secure where the address of the peer is unknown', async () => {
    const person = stranger();
    await tradepost.registerUser(person);
    const handler = fetchHandler(tradepost, { secrets });
    const { email, password } = person;
    const login = (context?: { remoteAddress: string }) =>
      handler(new Request('http://localhost:3000/login', register({ email, password })), context);
    expect((await login()).headers.get('set-cookie')).toMatch(/^__Host-session=.*; Secure/);
    expect((await login({ remoteAddress: '127.0.0.1' })).headers.get('set-cookie')).toMatch(/^session=(?!.*Secure)/);
    expect((await login({ remoteAddress: '192.0.2.1' })).headers.get('set-cookie')).toMatch(/^__Host-session=/);
  });

  test('a body that is too large, broken or not JSON is refused', async () => {
    const handler = fetchHandler(tradepost, { secrets });
    const post = (body: ReadableStream | string) =>
      handler(
        new Request('http://localhost/login', {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body,
          duplex: 'half',
        } as RequestInit),
      );
    const large = new ReadableStream({ pull: controller => controller.enqueue(new Uint8Array(4096)) });
    expect((await post(large)).status).toBe(413);
    const broken = new ReadableStream({ pull: controller => controller.error(new Error('gone')) });
    expect((await post(broken)).status).toBe(400);
    expect((await post('{')).status).toBe(400);
  });
});

describe('options', () => {
  test('`only` and `without` select operations', async () => {
    const listening = await listen(handlerFor(tradepost, { only: ['users.register', 'users.me'] }));
    expectProblem(await send(listening.url, '/cards'), 404, 'route_not_found');
    expectProblem(await send(listening.url, '/me'), 401, 'unauthenticated');
    await listening.stop();
    const closed = await listen(handlerFor(tradepost, { without: ['users.register'] }));
    expectProblem(await send(closed.url, '/register', { method: 'POST', body: stranger() }), 404, 'route_not_found');
    await closed.stop();
    expect(() => httpHandler(tradepost, { secrets, only: ['users.registr' as 'users.register'] })).toThrow(
      /no operation/,
    );
  });

  test('`cookie` sets name, path, domain and SameSite; the prefix is the strictest that these allow', async () => {
    const person = stranger();
    await tradepost.registerUser(person);
    const login = async (cookie: NonNullable<Parameters<typeof handlerFor>[1]>['cookie']) => {
      const listening = await listen(handlerFor(tradepost, { trustProxy: ['loopback'], ...(cookie && { cookie }) }));
      const { email, password } = person;
      const headers = { 'x-forwarded-proto': 'https' };
      const answer = await send(listening.url, '/login', { method: 'POST', headers, body: { email, password } });
      const [set = ''] = answer.headers['set-cookie'] ?? [];
      const held = await send(listening.url, '/me', { headers: { ...headers, cookie: set.split(';')[0] } });
      expect(held.status).toBe(200);
      await listening.stop();
      return set.replace(/=[^;]+/, '=SIGNED');
    };
    expect(await login({ name: 'sid', sameSite: 'strict' })).toBe(
      '__Host-sid=SIGNED; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Strict',
    );
    expect(await login({ path: '/api', sameSite: 'none' })).toBe(
      '__Secure-session=SIGNED; Path=/api; Max-Age=3600; HttpOnly; Secure; SameSite=None',
    );
    expect(await login({ domain: 'cards.example' })).toBe(
      '__Secure-session=SIGNED; Path=/; Domain=cards.example; Max-Age=3600; HttpOnly; Secure; SameSite=Lax',
    );
  });

  test.each([
    [{ cookie: { name: 'a b' } }, /cookie\.name/],
    [{ cookie: { name: '__Host-x' } }, /leave out the prefix/],
    [{ cookie: { path: 'api' } }, /cookie\.path/],
    [{ cookie: { path: '/;Domain=evil' } }, /cookie\.path/],
    [{ cookie: { domain: 'a;b' } }, /cookie\.domain/],
    [{ basePath: 'api' }, /basePath/],
    [{ trustProxy: ['everybody'] }, /trustProxy/],
    [{ trustProxy: ['0.0.0.0/1', '128.0.0.0/1'] }, /trustProxy: must not trust everybody/],
  ])('%j is refused, and the message names the option', (options, message) => {
    expect(() => httpHandler(tradepost, { secrets, ...options })).toThrow(message);
  });

  test('an application’s own login route sets the same cookie', async () => {
    const person = stranger();
    await tradepost.registerUser(person);
    const cookies = sessionCookies({ secrets });
    const handler = httpHandler(tradepost, { secrets });
    const listening = await listen(async (request, response) => {
      if (request.url !== '/own-login') return handler(request, response);
      const login = await tradepost.login({ email: person.email, password: person.password, userAgent: 'own' });
      response.setHeader('Set-Cookie', cookies.set(request, login)).end();
    });
    const answer = await send(listening.url, '/own-login', { method: 'POST' });
    const cookie = answer.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    const held = await send(listening.url, '/me', { headers: { cookie } });
    expect(held.json).toMatchObject({ user: { username: person.username }, session: { userAgent: 'own' } });
    await listening.stop();
  });

  test('a logout route of the application’s own reads the token that the request carries', async () => {
    const person = stranger();
    await tradepost.registerUser(person);
    const login = await tradepost.login({ email: person.email, password: person.password });
    const cookies = sessionCookies({ secrets });
    const request = (headers: Record<string, string>) => new Request('https://cards.example/logout', { headers });
    const [cookie = ''] = cookies.set(request({}), login).split(';');
    expect(cookies.read(request({ cookie }))).toBe(login.token);
    expect(cookies.read(request({ authorization: `Bearer ${login.token}` }))).toBe(login.token);
    const [name = ''] = cookie.split('=');
    for (const wrong of [`${cookie}x`, `${name}=${login.token}`, cookie.replace('__Host-', ''), 'other=1']) {
      expect(cookies.read(request({ cookie: wrong })), wrong).toBeNull();
    }
    expect(cookies.read(request({}))).toBeNull();
  });
});

describe('loggers', () => {
  async function failWith(logger: Logger): Promise<void> {
    const storage = altered(memory(), opened => {
      opened.sessions.use = () => Promise.reject(new Error('the cause'));
      return opened;
    });
    const own = await createTradepost({ storage, hashing: cheapHashing, rateLimits: 'off' });
    const listening = await listen(handlerFor(own, { logger }));
    const answer = await send(listening.url, '/me', { headers: { authorization: `Bearer ${'x'.repeat(43)}` } });
    expectProblem(answer, 500, 'internal');
    await listening.stop();
    await own.close();
  }

  test('winston receives the cause, through an adapter of three lines', async () => {
    let text = '';
    const stream = new Writable({
      write: (chunk, _encoding, done) => {
        text += chunk;
        done();
      },
    });
    const winston = createWinston({ transports: [new transports.Stream({ stream })] });
    const log = (level: string) => (details: { err?: unknown }, message: string) =>
      void winston.log(level, message, { ...details, err: details.err && inspect(details.err) });
    const logger = { info: log('info'), warn: log('warn'), error: log('error') };
    await failWith(logger);
    expect(text).toContain('the cause');
  });

  test('a console receives it', async () => {
    const lines: unknown[][] = [];
    await failWith({ ...console, error: (...parts: unknown[]) => void lines.push(parts) });
    expect(inspect(lines, { depth: 9 })).toContain('the cause');
  });

  test('a logger that throws does not fail the request', async () => {
    const broken = () => {
      throw new Error('the disk is full');
    };
    await failWith({ info: broken, warn: broken, error: broken });
  });
});
