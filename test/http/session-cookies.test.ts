import { sign, unsign } from 'cookie-signature';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Registered } from '../support/http/http-users.js';
import { browser, cookieOf, login, register } from '../support/http/http-users.js';
import { expectAnswer, expectProblem, send } from '../support/http/requests.js';
import type { Listening, Serving } from '../support/servers/http-server.js';
import { handlerFor, listen, SECRET, serve } from '../support/servers/http-server.js';

let server: Serving;
let person: Registered;

beforeAll(async () => {
  server = await serve({ trustProxy: ['loopback'] });
  person = await register(server.url);
});
afterAll(() => server.stop());

const SIGNED = /=[A-Za-z0-9_-]{43}\.[A-Za-z0-9+/]{43};/;
const masked = (setCookie: string[] | undefined): string[] | undefined =>
  setCookie?.map(line => line.replace(SIGNED, '=SIGNED;'));

const logout = (url: string, headers: object) => send(url, '/logout', { method: 'POST', headers: { ...headers } });
const me = (url: string, headers: object) => send(url, '/me', { headers: { ...headers } });

describe('attributes', () => {
  test('over plain http on loopback', async () => {
    const answer = await login(server.url, person);
    expect(masked(answer.headers['set-cookie'])).toEqual([
      'session=SIGNED; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax',
    ]);
    const left = await logout(server.url, { cookie: cookieOf(answer), origin: server.url });
    expectAnswer(left, 204);
    expect(left.headers['set-cookie']).toEqual(['session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax']);
  });

  const everywhereElse = {
    'https, reported by a trusted proxy': { 'x-forwarded-proto': 'https' },
    'another host': { host: 'tradepost.example' },
    'another host and https, reported by a trusted proxy': {
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'tradepost.example',
    },
  };
  test.each(Object.entries(everywhereElse))('over %s', async (_where, headers) => {
    const answer = await login(server.url, person, headers);
    expect(masked(answer.headers['set-cookie'])).toEqual([
      '__Host-session=SIGNED; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax',
    ]);
    const fetched = { 'sec-fetch-site': 'same-origin', ...headers };
    const left = await logout(server.url, { cookie: cookieOf(answer), ...fetched });
    expectAnswer(left, 204);
    expect(left.headers['set-cookie']).toEqual(['__Host-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax']);
  });

  test('headers of an untrusted proxy are ignored', async () => {
    const listening = await listen(handlerFor(server.tradepost));
    try {
      const answer = await login(listening.url, person, {
        'x-forwarded-proto': 'https',
        'x-forwarded-host': 'x.example',
      });
      expect(masked(answer.headers['set-cookie'])).toEqual([
        // A forwarding header means that there is a proxy, so this is not development on loopback.
        '__Host-session=SIGNED; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax',
      ]);
    } finally {
      await listening.stop();
    }
  });

  test('Max-Age is the lifetime of a session', async () => {
    const brief = await serve({ session: { lifetime: 90 } });
    try {
      const answer = await login(brief.url, await register(brief.url));
      expect(answer.headers['set-cookie']?.[0]).toContain('; Max-Age=90;');
    } finally {
      await brief.stop();
    }
  });

  test('over https only the name with the prefix is accepted, over http only the one without', async () => {
    const local = cookieOf(await login(server.url, person));
    const secure = cookieOf(await login(server.url, person, { 'x-forwarded-proto': 'https' }));
    expectAnswer(await me(server.url, { cookie: local }), 200);
    expectAnswer(await me(server.url, { cookie: secure, 'x-forwarded-proto': 'https' }), 200);
    expectProblem(await me(server.url, { cookie: local, 'x-forwarded-proto': 'https' }), 401, 'unauthenticated');
    expectProblem(await me(server.url, { cookie: secure }), 401, 'unauthenticated');
  });

  test('delivery as a token returns it in the body, without a cookie', async () => {
    const { email, password } = person;
    const answer = await send(server.url, '/login', { method: 'POST', body: { email, password, delivery: 'token' } });
    expectAnswer(answer, 200);
    expect(answer.headers).not.toHaveProperty('set-cookie');
    const byCookie = await login(server.url, person);
    expect(byCookie.json).not.toHaveProperty('token');
  });
});

describe('secrets', () => {
  const NEXT = 'the next secret of the tests, as long as the first';
  let rotated: Listening;
  let finished: Listening;

  beforeAll(async () => {
    rotated = await listen(handlerFor(server.tradepost, { secrets: [NEXT, SECRET] }));
    finished = await listen(handlerFor(server.tradepost, { secrets: [NEXT] }));
  });
  afterAll(() => Promise.all([rotated.stop(), finished.stop()]));

  test('the first one signs, all of them verify', async () => {
    const before = cookieOf(await login(server.url, person));
    expectAnswer(await me(rotated.url, { cookie: before }), 200);
    const after = cookieOf(await login(rotated.url, person));
    expect(unsign(after.slice('session='.length), NEXT)).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expectAnswer(await me(rotated.url, { cookie: after }), 200);
  });

  test('a removed one verifies nothing', async () => {
    const before = cookieOf(await login(server.url, person));
    expectProblem(await me(finished.url, { cookie: before }), 401, 'unauthenticated');
    expectAnswer(await me(finished.url, { cookie: cookieOf(await login(rotated.url, person)) }), 200);
  });
});

describe('ending a session with a cookie', () => {
  const CLEARED = ['session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax'];
  const remove = (path: string, headers: object) =>
    send(server.url, path, { method: 'DELETE', headers: { ...headers } });
  const idOf = async (headers: object): Promise<string> => (await me(server.url, headers)).json.session.id;

  test("clears the cookie if it is the caller's: its revocation, and that of all", async () => {
    const owner = await register(server.url);
    const [one, another] = [await browser(server.url, owner), await browser(server.url, owner)];
    const revoked = await remove(`/sessions/${(await idOf(one)).toUpperCase()}`, one);
    expectAnswer(revoked, 204);
    expect(revoked.headers['set-cookie']).toEqual(CLEARED);
    const all = await remove('/sessions', another);
    expectAnswer(all, 204);
    expect(all.headers['set-cookie']).toEqual(CLEARED);
  });

  test('keeps the cookie if another session ends, or none', async () => {
    const owner = await register(server.url);
    const [mine, other] = [await browser(server.url, owner), await browser(server.url, owner)];
    const id = await idOf(other);
    const answers = [
      await remove(`/sessions/${id}`, mine),
      await remove(`/sessions/${id}`, mine),
      await remove('/sessions?except=current', mine),
      await remove('/sessions?except=others', mine),
    ];
    expect(answers.map(({ status }) => status)).toEqual([204, 404, 204, 422]);
    for (const { headers } of answers) expect(headers).not.toHaveProperty('set-cookie');
    expectAnswer(await me(server.url, mine), 200);
  });
});

describe('logging in with a cookie', () => {
  test('a planted cookie is never adopted', async () => {
    const token = 'planted_planted_planted_planted_planted_pla';
    expect(token).toHaveLength(43);
    for (const planted of [`session=${token}`, `session=${sign(token, SECRET)}`, `session=${sign('', SECRET)}`]) {
      const answer = await login(server.url, person, { cookie: planted, origin: server.url });
      expectAnswer(answer, 200);
      expect(cookieOf(answer)).not.toContain(token);
      expectAnswer(await me(server.url, { cookie: cookieOf(answer) }), 200);
      expectProblem(await me(server.url, { cookie: planted }), 401, 'unauthenticated');
    }
  });

  test('a login ends the session of the cookie it replaces, also that of another user', async () => {
    const attacker = await browser(server.url, await register(server.url));
    const answer = await login(server.url, person, attacker);
    expect(answer.json.user.email).toBe(person.email);
    expect(cookieOf(answer)).not.toBe(attacker.cookie);
    expectProblem(await me(server.url, attacker), 401, 'unauthenticated');
  });

  test('a failed login, or one with delivery as a token, replaces nothing', async () => {
    const mine = await browser(server.url, person);
    const { email, password } = person;
    const wrong = { method: 'POST', headers: mine, body: { email, password: 'not the password' } };
    const failed = await send(server.url, '/login', wrong);
    expectProblem(failed, 401, 'invalid_credentials');
    expect(failed.headers).not.toHaveProperty('set-cookie');
    await send(server.url, '/login', { method: 'POST', headers: mine, body: { email, password, delivery: 'token' } });
    expectAnswer(await me(server.url, mine), 200);
  });
});
