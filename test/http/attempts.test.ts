import { describe, expect, it, onTestFinished } from 'vitest';
import { ManualClock } from '../../src/testing/index.js';
import { register, stranger } from '../support/http/http-users.js';
import { type Answer, expectAnswer, expectProblem, send } from '../support/http/requests.js';
import type { Serving } from '../support/servers/http-server.js';
import { serve } from '../support/servers/http-server.js';

async function serveLimited(options: { trustProxy?: string[] } = {}): Promise<Serving & { clock: ManualClock }> {
  const clock = new ManualClock();
  const server = await serve({ clock, rateLimits: {}, ...options });
  onTestFinished(() => server.stop());
  return { ...server, clock };
}

const login = (url: string, account: object, forwardedFor?: string): Promise<Answer> =>
  send(url, '/login', {
    method: 'POST',
    headers: forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor },
    body: { password: 'wrong horse battery', ...account },
  });

let names = 0;
/** An account that does not exist, and that nobody tried before. */
const somebodyElse = (): object => {
  names += 1;
  return { username: `somebody${names}` };
};

/** Everything that a client sees of an answer, except what differs from request to request. */
const visible = ({ status, headers, json }: Answer): unknown => {
  const { date: _date, 'x-request-id': _id, ...others } = headers;
  return { status, headers: others, body: { ...json, requestId: null } };
};

const statuses = async (answers: readonly Promise<Answer>[]): Promise<Record<number, number>> => {
  const counts: Record<number, number> = {};
  for (const { status } of await Promise.all(answers)) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

const hosts = (count: number): string[] => Array.from({ length: count }, (_, index) => (index + 1).toString(16));

describe('too many logins', () => {
  it('are answered with 429 and Retry-After, alike for known and unknown accounts', async () => {
    const { url, clock } = await serveLimited();
    const { email, username } = await register(url);
    const pairs = [
      [{ email }, { email: email.replace('@', '+@') }],
      [{ username }, { username: `${username}x` }],
    ] as const;
    for (const [known, unknown] of pairs) {
      const seen: unknown[] = [];
      for (let made = 0; made < 8; made += 1) {
        const [one, other] = [await login(url, known), await login(url, unknown)];
        expect(visible(other)).toEqual(visible(one));
        seen.push(one.status);
        if (one.status === 429) {
          expectProblem(one, 429, 'rate_limited');
          expect(one.headers['retry-after']).toBe('1');
        }
      }
      expect(seen).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
      clock.advance(3600);
    }
  });

  it('leave the session of the owner alone', async () => {
    const { url } = await serveLimited();
    const person = await register(url);
    const { json } = await send(url, '/login', {
      method: 'POST',
      body: { email: person.email, password: person.password, delivery: 'token' },
    });
    for (let made = 0; made < 20; made += 1) await login(url, { email: person.email });
    const me = await send(url, '/me', { headers: { authorization: `Bearer ${json.token}` } });
    expectAnswer(me, 200);
    expect(me.json.user.id).toBe(person.id);
  });

  it('are not hidden by headers that no trusted proxy wrote', async () => {
    const { url } = await serveLimited();
    const answers = hosts(40).map(host => login(url, somebodyElse(), `192.0.2.${Number.parseInt(host, 16)}`));
    expect(await statuses(answers)).toEqual({ 401: 30, 429: 10 });
  });

  it('are counted by the address that the trusted proxy saw, however it is written', async () => {
    const { url } = await serveLimited({ trustProxy: ['loopback'] });
    const from = (addresses: readonly string[]) =>
      statuses(addresses.map(address => login(url, somebodyElse(), address)));
    // What the client itself wrote comes before the address that the proxy appended.
    expect(await from(hosts(40).map(host => `2001:db8::${host}, 192.0.2.1`))).toEqual({ 401: 30, 429: 10 });
    const mapped = hosts(10).flatMap(() => ['192.0.2.2', '::ffff:192.0.2.2', '::FFFF:C000:202', '::ffff:c000:202']);
    expect(await from(mapped)).toEqual({ 401: 30, 429: 10 });
    const network = hosts(1000).map((host, index) => {
      const address = `2001:db8:0:7:${host}::${host}`;
      return index % 2 === 0 ? address : address.toUpperCase();
    });
    expect(await from(network)).toEqual({ 401: 30, 429: 970 });
    expect(await from(hosts(40).map(host => `2001:db8:0:${host}00::1`))).toEqual({ 401: 40 });
  });
});

describe('too many registrations', () => {
  it('are answered with 429 and Retry-After', async () => {
    const { url, clock } = await serveLimited();
    const attempt = () => send(url, '/register', { method: 'POST', body: stranger() });
    for (let made = 0; made < 10; made += 1) expectAnswer(await attempt(), 201);
    clock.advance(600);
    const refused = await attempt();
    expectProblem(refused, 429, 'rate_limited');
    expect(refused.headers['retry-after']).toBe('3000');
    clock.advance(3000);
    expectAnswer(await attempt(), 201);
  });

  it('do not count input that is not valid', async () => {
    const { url } = await serveLimited();
    for (let made = 0; made < 20; made += 1) {
      expectProblem(
        await send(url, '/register', { method: 'POST', body: { ...stranger(), password: 'password' } }),
        422,
        'weak_password',
      );
    }
    expectAnswer(await send(url, '/register', { method: 'POST', body: stranger() }), 201);
  });
});
