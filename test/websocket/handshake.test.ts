import { describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { PASSWORD, somebody } from '../support/library-users.js';
import { connect, refusal } from '../support/sockets/socket-client.js';
import { type RunningServer, serve } from '../support/sockets/socket-server.js';

async function cookieOf({ origin, tradepost }: RunningServer): Promise<string> {
  const { username } = await somebody(tradepost);
  const answer = await fetch(`${origin}/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password: PASSWORD }),
  });
  return answer.headers.getSetCookie()[0]?.split(';')[0] ?? '';
}

describe('the handshake', () => {
  it('takes a bearer token, a cookie with an origin of ours, or no credentials', async () => {
    const running = await serve({ webSocket: { allowedOrigins: ['https://friend.example'] } });
    const { url, origin, tradepost } = running;
    const cookie = await cookieOf(running);
    const { token } = await somebody(tradepost);
    for (const credentials of [
      { token },
      { cookie, origin },
      { cookie, origin: 'https://friend.example' },
      { token, origin },
    ]) {
      const client = await connect(url, credentials);
      expect(client.socket.protocol).toBe('tradepost.v1');
      expect(client.socket.extensions).toBe('');
      expect(await client.call('users.me')).toMatchObject({ user: { id: expect.any(String) } });
    }
    const anonymous = await connect(url);
    await expect(anonymous.call('users.me')).rejects.toMatchObject({ code: 401, data: { code: 'unauthenticated' } });
  });

  it('is refused for a foreign origin, cookie or not, and for a cookie without an origin', async () => {
    const running = await serve();
    const { url, tradepost } = running;
    const cookie = await cookieOf(running);
    const { token } = await somebody(tradepost);
    const foreign = [
      'https://evil.example',
      'null',
      'http://127.0.0.1',
      url.replace('ws:', 'https:').replace('/ws', ''),
    ];
    for (const origin of foreign) {
      for (const credentials of [{}, { cookie }, { token }]) {
        expect(await refusal(url, { ...credentials, origin })).toMatchObject({ status: 403, code: 'origin_forbidden' });
      }
    }
    expect(await refusal(url, { cookie })).toMatchObject({ status: 403, code: 'origin_forbidden' });
  });

  it('is refused for credentials that do not hold', async () => {
    const running = await serve();
    const { url, origin, tradepost } = running;
    const cookie = await cookieOf(running);
    const { token } = await somebody(tradepost);
    await tradepost.logout({ token });
    const refused = [
      { token },
      { token: 'rubbish' },
      { headers: { authorization: 'Basic eDp5' } },
      { cookie: `${cookie.slice(0, -2)}xx`, origin },
      { cookie: `${cookie}; ${cookie}`, origin },
    ];
    for (const credentials of refused) {
      const answer = await refusal(url, credentials);
      expect(answer).toMatchObject({
        status: 401,
        code: 'unauthenticated',
        type: 'application/problem+json; charset=utf-8',
      });
      expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    }
  });

  it('is refused elsewhere, and without the subprotocol', async () => {
    const { url } = await serve();
    expect(await refusal(`${url}/x`)).toMatchObject({ status: 404, code: 'route_not_found' });
    for (const protocols of [[], ['tradepost.v2'], ['graphql-ws', 'soap']]) {
      expect(await refusal(url, { protocols })).toMatchObject({ status: 400, code: 'malformed_request' });
    }
    const client = await connect(url, { protocols: ['graphql-ws', 'tradepost.v1'] });
    expect(client.socket.protocol).toBe('tradepost.v1');
  });

  it('is left to others on other paths, where there are others', async () => {
    const { url, server } = await serve();
    const others = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, socket, head) => {
      if (request.url === '/other') others.handleUpgrade(request, socket, head, ({ send: _ }) => undefined);
    });
    const client = await connect(url.replace('/ws', '/other'), { protocols: [] });
    expect(client.socket.readyState).toBe(client.socket.OPEN);
    expect((await connect(url)).socket.protocol).toBe('tradepost.v1');
  });

  it('is refused beyond ten sockets of a user and beyond the cap of the process, until one closes', async () => {
    const { url, sockets, tradepost } = await serve({ webSocket: { limits: { sockets: 12 } } });
    const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
    const mine = [];
    for (let each = 0; each < 10; each += 1) mine.push(await connect(url, ann));
    const answer = await refusal(url, ann);
    expect(answer).toMatchObject({ status: 429, code: 'rate_limited' });
    expect(answer.headers['retry-after']).toMatch(/^\d+$/);

    const eleventh = await connect(url);
    await expect(eleventh.call('sessions.resume', { token: ann.token })).rejects.toMatchObject({ code: 429 });
    const { items: before } = await tradepost.listSessions({ token: ann.token });
    const login = eleventh.call('sessions.login', { username: ann.username, password: PASSWORD });
    await expect(login).rejects.toMatchObject({ code: 429 });
    expect((await tradepost.listSessions({ token: ann.token })).items).toHaveLength(before.length);

    await connect(url, bob);
    // All 12 are taken, one by a socket without a session: that one gives way.
    await connect(url, bob);
    expect(await eleventh.closed).toBe(1013);
    expect(await refusal(url, bob)).toMatchObject({ status: 503, code: 'overloaded' });
    expect(await refusal(url)).toMatchObject({ status: 503, code: 'overloaded' });
    mine[0]?.socket.close();
    await mine[0]?.closed;
    expect((await connect(url, ann)).socket.protocol).toBe('tradepost.v1');
    expect(sockets.size).toBe(12);
  });

  it('is refused without a session beyond 20 from one address, and beyond a quarter of all', async () => {
    const { url, tradepost } = await serve({ webSocket: { trustProxy: ['loopback'], limits: { sockets: 100 } } });
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
    for (let each = 0; each < 20; each += 1) await connect(url, from('2001:db8:0:1::7'));
    expect(await refusal(url, from('2001:db8:0:1:ffff::9'))).toMatchObject({ status: 429, code: 'rate_limited' });
    for (let each = 0; each < 5; each += 1) await connect(url, from(each % 2 === 0 ? '192.0.2.1' : '::ffff:192.0.2.1'));
    expect(await refusal(url, from('198.51.100.1'))).toMatchObject({ status: 503, code: 'overloaded' });
    expect((await connect(url, await somebody(tradepost))).socket.readyState).toBe(1);
  });

  it('always finds a slot with a session, however many sockets have none', async () => {
    const { url, sockets, tradepost } = await serve({
      webSocket: { limits: { sockets: 8, anonymousSockets: 8, socketsPerUser: 8 } },
    });
    const anonymous = [];
    for (let each = 0; each < 8; each += 1) anonymous.push(await connect(url));
    const ann = await somebody(tradepost);
    for (let each = 0; each < 8; each += 1) await connect(url, ann);
    expect(await Promise.all(anonymous.map(({ closed }) => closed))).toEqual(Array(8).fill(1013));
    await expect.poll(() => sockets.size).toBe(8);
  });

  it('takes no slot when it is refused', async () => {
    const { url, tradepost } = await serve({ webSocket: { limits: { sockets: 2, socketsPerUser: 1 } } });
    const ann = await somebody(tradepost);
    for (let each = 0; each < 5; each += 1) {
      await refusal(url, { token: 'rubbish' });
      await refusal(url, { ...ann, headers: { 'sec-websocket-key': 'short' } });
      await refusal(url, { ...ann, headers: { 'sec-websocket-version': '7' } });
    }
    expect((await connect(url, ann)).socket.readyState).toBe(1);
  });
});
