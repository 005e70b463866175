import { expect, it } from 'vitest';
import { ManualClock } from '../../src/testing/index.js';
import { send } from '../support/http/requests.js';
import { PASSWORD, somebody } from '../support/library-users.js';
import { connect } from '../support/sockets/socket-client.js';
import { serve } from '../support/sockets/socket-server.js';

const WRONG = 'wrong horse battery';
const serveLimited = (trustProxy: string[] = []) =>
  serve({ tradepost: { rateLimits: {}, clock: new ManualClock() }, webSocket: { trustProxy } });

it('logins over sockets are limited by account, and count together with those over HTTP', async () => {
  const { url, origin, tradepost } = await serveLimited();
  const { username, token } = await somebody(tradepost);
  const body = { username, password: WRONG };
  for (let made = 0; made < 2; made += 1) {
    expect((await send(origin, '/login', { method: 'POST', body })).status).toBe(401);
  }
  const client = await connect(url);
  for (let made = 0; made < 3; made += 1) {
    expect((await client.ask('sessions.login', body)).error?.data.code).toBe('invalid_credentials');
  }
  expect((await client.ask('sessions.login', { username, password: PASSWORD })).error).toMatchObject({
    code: 429,
    data: { code: 'rate_limited', status: 429, retryAfter: 1 },
  });
  expect((await send(origin, '/login', { method: 'POST', body })).status).toBe(429);
  expect(await client.call('rpc.ping')).toBeNull();
  expect(await tradepost.authenticate({ token })).toMatchObject({ user: { username } });
});

it('logins over sockets are limited by IP address, over all sockets of a network', async () => {
  const { url } = await serveLimited(['loopback']);
  let made = 0;
  const codes: (string | undefined)[] = [];
  for (const host of ['1', 'ABCD', '1:2']) {
    const client = await connect(url, { headers: { 'x-forwarded-for': `2001:DB8:0:7:${host}::1` } });
    for (let each = 0; each < 12; each += 1) {
      made += 1;
      const answer = await client.ask('sessions.login', { username: `nobody${made}`, password: WRONG });
      codes.push(answer.error?.data.code);
    }
  }
  expect(codes.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 'invalid_credentials'));
  expect(codes.slice(30)).toEqual(Array.from({ length: 6 }, () => 'rate_limited'));
});

it('registrations over sockets are limited by IP address', async () => {
  const { url } = await serveLimited();
  const client = await connect(url);
  const register = (name: string) =>
    client.ask('users.register', { email: `${name}@example.org`, username: name, name, password: PASSWORD });
  for (let made = 0; made < 10; made += 1) expect((await register(`new${made}`)).error).toBeUndefined();
  expect((await register('new10')).error?.data).toMatchObject({ code: 'rate_limited', retryAfter: 3600 });
});
