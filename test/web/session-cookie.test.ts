import { sign } from 'cookie-signature';
import { describe, expect, it } from 'vitest';
import type { CookieOptions } from '../../src/adapters/driving/web/session-cookie.js';
import { SessionCookies } from '../../src/adapters/driving/web/session-cookie.js';
import { readSession, sessionCookies } from '../../src/adapters/driving/web/sessions-of-requests.js';
import type { WebRequest } from '../../src/adapters/driving/web/web-request.js';
import { wire } from '../support/wire.js';

const [FIRST, SECOND, OTHER] = ['first', 'second', 'other'].map(
  name => `the ${name} secret of these tests, long enough`,
);
const secrets = [FIRST ?? '', SECOND ?? ''];
const TOKEN = 'a-token';

const request = (cookie?: string, isLocalHttp = true): WebRequest => ({
  method: 'GET',
  headers: cookie === undefined ? {} : { cookie },
  scheme: 'http',
  host: 'localhost',
  address: '127.0.0.1',
  isLocalHttp,
});

const cookiesWith = (cookie?: CookieOptions, production = false) =>
  new SessionCookies({ secrets, production, ...(cookie === undefined ? {} : { cookie }) });

const signed = sign(TOKEN, FIRST ?? '');

describe('the session cookie', () => {
  it('is signed by the first secret and read with any of them', () => {
    const cookies = cookiesWith();
    expect(cookies.set(request(), TOKEN, 60)).toBe(`session=${signed}; Path=/; Max-Age=60; HttpOnly; SameSite=Lax`);
    expect(cookies.read(request(`session=${signed}`))).toBe(TOKEN);
    expect(cookies.read(request(`session=${sign(TOKEN, SECOND ?? '')}`))).toBe(TOKEN);
    expect(cookies.read(request(`session=${sign(TOKEN, OTHER ?? '')}`))).toBe(null);
  });

  it('is cleared with the attributes it was set with', () => {
    expect(cookiesWith().clear(request())).toBe('session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax');
    expect(cookiesWith().clear(request(undefined, false))).toBe(
      '__Host-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax',
    );
  });

  it.each([
    [{}, '__Host-session', 'Path=/', 'Lax'],
    [{ name: 'sid' }, '__Host-sid', 'Path=/', 'Lax'],
    [{ path: '/api' }, '__Secure-session', 'Path=/api', 'Lax'],
    [{ domain: 'example.org' }, '__Secure-session', 'Path=/; Domain=example.org', 'Lax'],
    [{ domain: '.example.org', path: '/api' }, '__Secure-session', 'Path=/api; Domain=.example.org', 'Lax'],
    [{ sameSite: 'strict' }, '__Host-session', 'Path=/', 'Strict'],
    [{ sameSite: 'lax' }, '__Host-session', 'Path=/', 'Lax'],
    [{ sameSite: 'none' }, '__Host-session', 'Path=/', 'None'],
  ] as const)('with %j is named %s', (options, name, scope, sameSite) => {
    const cookies = cookiesWith(options);
    const secure = request(undefined, false);
    expect(cookies.set(secure, TOKEN, 5)).toBe(
      `${name}=${signed}; ${scope}; Max-Age=5; HttpOnly; Secure; SameSite=${sameSite}`,
    );
    expect(cookies.read(request(`${name}=${signed}`, false))).toBe(TOKEN);
    const plain = name.replace(/^__(?:Host|Secure)-/, '');
    expect(cookies.set(request(), TOKEN, 5)).toBe(
      `${plain}=${signed}; ${scope}; Max-Age=5; HttpOnly; SameSite=${sameSite}`,
    );
  });

  it('is always Secure in production, and then is read by no other name', () => {
    const cookies = cookiesWith({}, true);
    expect(cookies.set(request(), TOKEN, 5)).toMatch(/^__Host-session=.*; HttpOnly; Secure; /);
    expect(cookies.read(request(`session=${signed}`))).toBe(undefined);
    expect(cookies.read(request(`__Host-session=${signed}`))).toBe(TOKEN);
  });

  it.each([
    [undefined, undefined],
    ['', undefined],
    ['other=1', undefined],
    [`Session=${signed}`, undefined],
    [`xsession=${signed}`, undefined],
    [`__Host-session=${signed}`, undefined],
    [`x session=${signed}`, undefined],
    [`ses sion=${signed}`, undefined],
    [`session=${signed.slice(0, 9)} ${signed.slice(9)}`, null],
    ['session=', null],
    [`session=${TOKEN}`, null],
    [`session=${signed}x`, null],
    [`session=x${signed}`, null],
    [`session="${signed}"`, null],
    [`session=${signed} x`, null],
    [`session=${signed}; session=${signed}`, null],
    [`session=${signed};session=`, null],
    [`session=${signed}`, TOKEN],
    [`a=1; session=${signed}; b=2`, TOKEN],
    [`a=1;session=${signed};b=2`, TOKEN],
    [` \t session=${signed}\t  ;`, TOKEN],
    [`a; =; ;session=${signed}`, TOKEN],
  ])('of the header %j is %j', (header, token) => {
    expect(cookiesWith().read(request(header))).toBe(token);
  });
});

describe('options of the session cookie', () => {
  const withSecrets = (given: readonly string[]) => () => new SessionCookies({ secrets: given, production: false });

  it('need secrets that are long and random, each of them', () => {
    expect(withSecrets([])).toThrow('secrets: give at least one secret; the first signs, all verify');
    expect(withSecrets(['short'])).toThrow('secrets: each must be at least 32 bytes long');
    expect(withSecrets([FIRST ?? '', '0'.repeat(64)])).toThrow('secrets: each must be random');
    expect(withSecrets(secrets)).not.toThrow();
  });

  it.each(['', 'a b', 'a;b', 'a=b', 'é', 'a\n', '(a)', 'a,b'])('refuse the name %j', name => {
    expect(() => cookiesWith({ name })).toThrow(`cookie.name: ${JSON.stringify(name)} is not a cookie name`);
  });
  it.each(['__Host-session', '__Secure-x', '__host-', '__SECURE-a'])('refuse the prefix of %j', name => {
    expect(() => cookiesWith({ name })).toThrow(
      'cookie.name: leave out the prefix; __Host- or __Secure- is added automatically',
    );
  });
  it.each(['sid', 'a__Host-b', '__hosts', "!#$%&'*+.^_`|~0-9A-Z"])('accept the name %j', name => {
    expect(cookiesWith({ name }).set(request(), TOKEN, 5)).toContain(`${name}=`);
  });

  it.each(['', '.', 'a b', 'a;b', 'a..b', 'a.', '..a', 'exämple.org', 'a\n', '\na'])('refuse the domain %j', domain => {
    expect(() => cookiesWith({ domain })).toThrow(`cookie.domain: ${JSON.stringify(domain)} is not a domain`);
  });
  it.each(['a', 'Example.ORG', '.example.org', 'a-b.c0.example'])('accept the domain %j', domain => {
    expect(cookiesWith({ domain }).set(request(), TOKEN, 5)).toContain(`; Domain=${domain};`);
  });

  it.each(['', 'api', 'x/', '/a;b', '/é', '/a\n', '/\x7f', '/\x1f'])('refuse the path %j', path => {
    expect(() => cookiesWith({ path })).toThrow(
      `cookie.path: ${JSON.stringify(path)} must begin with a slash and not contain a semicolon`,
    );
  });
  it.each(['/', '/api', '/a/b c', '/:<~'])('accept the path %j', path => {
    expect(cookiesWith({ path }).set(request(), TOKEN, 5)).toContain(`; Path=${path};`);
  });
});

describe('cookies for routes of an application', () => {
  // Made within the tests: an error while a file is collected is a failure of no test, which mutation testing would miss.
  const cookie = () => sessionCookies({ secrets });
  const url = 'https://example.org/login';
  const session = { createdAt: '2026-01-31T12:00:00.000Z', expiresAt: '2026-01-31T12:01:30.000Z' };

  it('are set and cleared for a request of the Fetch Standard', () => {
    const fetched = new Request(url);
    expect(cookie().set(fetched, { token: TOKEN, session } as never)).toMatch(
      /^__Host-session=a-token\.[^;]+; Path=\/; Max-Age=90; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(cookie().clear(fetched)).toBe('__Host-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax');
  });

  it('are read, and so is a bearer token', () => {
    const read = (headers: Record<string, string>) => cookie().read(new Request(url, { headers }));
    expect(read({})).toBe(null);
    expect(read({ authorization: 'Bearer abc' })).toBe('abc');
    // The Fetch Standard lets no page set the header; a server's request has it.
    expect(read({ cookie: `__Host-session=${signed}` })).toBe(TOKEN);
    expect(read({ cookie: `__Host-session=${signed}x` })).toBe(null);
  });

  it('are read from a request of node:http', () => {
    const socket = { remoteAddress: '127.0.0.1' };
    const incoming = { method: 'GET', url: '/', headers: { host: 'localhost', cookie: `session=${signed}` }, socket };
    expect(cookie().read(incoming as never)).toBe(TOKEN);
    expect(cookie().clear(incoming as never)).toBe('session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax');
  });

  it('belong to a session that is read by the same rules', async () => {
    const app = await wire();
    await app.register('ann');
    const { token } = await app.logIn('ann');
    const read = readSession({ useCases: app }, { secrets });
    const of = (headers: Record<string, string>) => read(new Request(url, { headers }));
    expect(await of({ authorization: `Bearer ${token}` })).toMatchObject({ user: { username: 'ann' } });
    expect(await of({ cookie: `__Host-session=${sign(token, FIRST ?? '')}` })).toMatchObject({
      session: { current: true },
    });
    expect(await of({ cookie: `__Host-session=${sign(token, OTHER ?? '')}` })).toBe(null);
    expect(await of({})).toBe(null);
  });

  it('need options that are valid', () => {
    expect(() => sessionCookies({ secrets: [] })).toThrow('secrets: give at least one secret');
  });
});
