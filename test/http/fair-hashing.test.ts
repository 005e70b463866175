import { afterEach, describe, expect, it } from 'vitest';
import { PASSWORD, somebody } from '../support/library-users.js';
import type { Serving } from '../support/servers/http-server.js';
import { serve } from '../support/servers/http-server.js';

let server: Serving;
afterEach(() => server.stop());

/** Sends a request of a client at this address, through a proxy that the server believes. */
async function post(path: string, address: string, body: object): Promise<number> {
  const headers = { 'content-type': 'application/json', 'x-forwarded-for': address };
  const answer = await fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  await answer.arrayBuffer();
  return answer.status;
}

const logIn = (address: string, username = 'nobody'): Promise<number> =>
  post('/login', address, { username, password: PASSWORD, delivery: 'token' });

const register = (address: string, index: number): Promise<number> => {
  const username = `flood${index}`;
  return post('/register', address, { username, email: `${username}@example.org`, name: username, password: PASSWORD });
};

describe('while one client has 90 requests in flight', () => {
  it.each([
    ['logins from one IPv4 address', () => logIn('198.51.100.7')],
    [
      'logins from one IPv4 address, mapped into IPv6 at times',
      index => logIn(`${index % 2 ? '::ffff:' : ''}198.51.100.7`),
    ],
    ['logins from one /64 of IPv6', index => logIn(`2001:db8:0:7::${(index + 1).toString(16)}`)],
    ['registrations', index => register('198.51.100.7', index)],
  ] satisfies [string, (index: number) => Promise<number>][])(
    '25 logins and 5 registrations from other addresses succeed (%s)',
    async (_name, send) => {
      // One core and the default queue. Only the patience is longer, so that the speed of the machine does not matter.
      const hashing = { memoryCost: 8192, timeCost: 1, inFlight: 1, waiting: 64, patience: 60_000 };
      server = await serve({ trustProxy: ['loopback'], hashing });
      const { username } = await somebody(server.tradepost);

      const flood: number[] = [];
      const flooding = Array.from({ length: 90 }, async (_, index) => {
        flood.push(await send(index));
      });
      // The queue is full.
      await expect.poll(() => flood, { interval: 1 }).toContain(503);
      const carriedOut = () => flood.filter(status => status !== 503).length;
      const before = carriedOut();
      const others = await Promise.all([
        ...Array.from({ length: 25 }, (_, index) => logIn(`203.0.113.${index}`, username)),
        ...Array.from({ length: 5 }, (_, index) => register(`203.0.113.${100 + index}`, 100 + index)),
      ]);
      expect(others).toEqual([...Array(25).fill(200), ...Array(5).fill(201)]);
      // The flood took turns with each other address.
      expect(carriedOut() - before).toBeLessThan(10);

      await Promise.all(flooding);
      expect(flood.filter(status => status !== 503 && status !== 401 && status !== 201)).toEqual([]);
      expect(carriedOut()).toBeGreaterThanOrEqual(64 - 30);
    },
  );
});
