import { randomBytes } from 'node:crypto';
import { describe, expect, inject, it } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { postgres } from '../../src/adapters/driven/postgres/index.js';
import type { Tradepost } from '../../src/index.js';
import { PASSWORD, type Person, pingPong, session, somebody, trade } from '../support/library-users.js';
import { connect, pause } from '../support/sockets/socket-client.js';
import { serve } from '../support/sockets/socket-server.js';

const SOON = { timeout: 1000, interval: 5 };

describe('two processes on one PostgreSQL', () => {
  const storage = () => postgres({ url: inject('postgresUrl'), schema: 'ws_closing' });

  it('a trade recorded in one over HTTP reaches a watch in the other', async () => {
    const [here, there] = [await serve({ storage: storage() }), await serve({ storage: storage() })];
    const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
    const watchers = [await connect(there.url, ann), await connect(there.url, bob), await connect(here.url, bob)];
    for (const watcher of watchers) await watcher.call('trades.watch');
    const post = async (path: string, body: object) => {
      const headers = { authorization: `Bearer ${ann.token}`, 'content-type': 'application/json' };
      const answer = await fetch(here.origin + path, { method: 'POST', headers, body: JSON.stringify(body) });
      return (await answer.json()) as { id: string };
    };
    const card = await post('/cards', { name: 'Ace' });
    const { id } = await post('/trades', { cardId: card.id, recipient: { username: bob.username } });
    for (const watcher of watchers) await expect.poll(() => watcher.trades, SOON).toEqual([id]);
  });

  it('the end of a session in one closes its idle sockets in the other, within a second, and no others', async () => {
    const [here, there] = [await serve({ storage: storage() }), await serve({ storage: storage() })];
    const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
    const [second, third] = [await session(here.tradepost, ann.username), await session(here.tradepost, ann.username)];
    const [a1, a1too, a2, a3, b] = await Promise.all(
      [ann, ann, second, third, bob].map(({ token }) => connect(there.url, { token })),
    );
    if (!a1 || !a1too || !a2 || !a3 || !b) throw new Error('not connected');

    const began = performance.now();
    await fetch(`${here.origin}/logout`, { method: 'POST', headers: { authorization: `Bearer ${ann.token}` } });
    expect(await Promise.all([a1.closed, a1too.closed])).toEqual([4401, 4401]);
    expect(performance.now() - began).toBeLessThan(1000);
    expect(await a2.call('users.me')).toMatchObject({ session: { id: second.sessionId } });

    await here.tradepost.revokeSession({ token: second.token, id: third.sessionId });
    expect(await Promise.race([a3.closed, pause(1000)])).toBe(4401);
    expect(await a2.call('users.me')).toMatchObject({ session: { id: second.sessionId } });

    await here.tradepost.revokeAllSessions({ token: second.token });
    expect(await Promise.race([a2.closed, pause(1000)])).toBe(4401);
    expect(await b.call('users.me')).toMatchObject({ user: { id: bob.id } });
  });
});

describe('the cap of sessions', () => {
  it.each([
    ['PostgreSQL', () => postgres({ url: inject('postgresUrl'), schema: 'ws_closing' })],
    ['memory', memory],
  ])(
    'closes the sockets of the session that a login ends, within a second, and no others (%s)',
    async (_name, open) => {
      const { url, tradepost } = await serve({ storage: open(), tradepost: { session: { maxPerUser: 2 } } });
      const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
      const kept = await session(tradepost, ann.username);
      const sockets = await Promise.all([ann, ann, kept, bob].map(({ token }) => connect(url, { token })));
      const [first, second, other, bobs] = sockets;
      if (!first || !second || !other || !bobs) throw new Error('not connected');
      await session(tradepost, ann.username);
      const closed = Promise.all([first.closed, second.closed]);
      expect(await Promise.race([closed, pause(1000)])).toEqual([4401, 4401]);
      expect(await other.call('users.me')).toMatchObject({ session: { id: kept.sessionId } });
      expect(await bobs.call('users.me')).toMatchObject({ user: { id: bob.id } });
    },
  );
});

async function longNamed(tradepost: Tradepost): Promise<Person> {
  const username = `long${randomBytes(6).toString('hex')}`;
  const name = '\u{1f0cf}'.repeat(100);
  const { id } = await tradepost.registerUser({ email: `${username}@example.org`, username, name, password: PASSWORD });
  return { id, username, ...(await session(tradepost, username)) };
}

describe('a socket', () => {
  it('is closed when the lifetime of its session is over, and when it was idle for too long', async () => {
    const short = await serve({ tradepost: { session: { lifetime: 1 } } });
    const idle = await serve({ tradepost: { session: { idleTimeout: 1 } } });
    const sockets = [
      await connect(short.url, await somebody(short.tradepost)),
      await connect(idle.url, await somebody(idle.tradepost)),
    ];
    const began = performance.now();
    expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual([4401, 4401]);
    // Pongs do not count as use of a session.
    expect(performance.now() - began).toBeLessThan(2500);
  });

  it('is closed with 1001 when the server stops, and a new one is refused', async () => {
    const { url, tradepost, sockets } = await serve();
    const ann = await somebody(tradepost);
    const [first, second] = [await connect(url, ann), await connect(url)];
    const adding = first.ask('cards.add', { name: 'Ace' });
    await pause(20);
    const stopping = sockets.close();
    expect(await Promise.all([first.closed, second.closed])).toEqual([1001, 1001]);
    await stopping;
    expect(sockets.size).toBe(0);
    expect(await adding).toMatchObject({ result: { name: 'Ace' } });
  });

  it('that does not answer the close frame is terminated', async () => {
    const { url, tradepost, sockets } = await serve();
    const stubborn = await connect(url, await somebody(tradepost));
    stubborn.socket.pause();
    await sockets.close();
    expect(sockets.size).toBe(0);
  });

  it('whose client does not answer pings is dropped within two intervals, and one that does is kept', async () => {
    const { url, tradepost, sockets } = await serve({ webSocket: { limits: { pingInterval: 300 } } });
    const [silent, alive] = [
      await connect(url, await somebody(tradepost)),
      await connect(url, await somebody(tradepost)),
    ];
    let pings = 0;
    alive.socket.on('ping', () => {
      pings += 1;
    });
    silent.socket.pause();
    await expect.poll(() => sockets.size, { timeout: 700, interval: 5 }).toBe(1);
    await expect.poll(() => pings, { timeout: 2000 }).toBeGreaterThan(3);
    expect(await alive.call('users.me')).toBeDefined();
    silent.socket.terminate();
  });

  it('whose client has stopped reading is dropped, without effect on the others', async () => {
    const { url, tradepost, sockets } = await serve({ webSocket: { limits: { messagesPerMinute: null } } });
    const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
    const stalled = await connect(url, ann);
    const reading = await connect(url, ann);
    await stalled.call('trades.watch');
    await reading.call('trades.watch');
    stalled.socket.pause();
    // Each answer is a long list, and the client reads none.
    await pingPong(tradepost, ann, bob, 100);
    for (let each = 0; each < 400; each += 1) {
      stalled.socket.send(JSON.stringify({ jsonrpc: '2.0', id: each, method: 'trades.list', params: { limit: 100 } }));
    }
    await expect.poll(() => reading.trades.length).toBe(100);
    const late = await trade(tradepost, ann, bob);
    await expect.poll(() => reading.trades.at(-1), SOON).toBe(late);
    await expect.poll(() => sockets.size, { timeout: 10_000 }).toBe(1);
    expect(await reading.call('users.me')).toBeDefined();
    stalled.socket.resume();
    expect([1013, 1006]).toContain(await stalled.closed);
  });

  it('with a long backlog and a slow network gets all of it', async () => {
    const { url, tradepost } = await serve();
    // With names as long as can be a trade is more than a kilobyte, and all of them more than the network takes at once.
    const [ann, bob] = [await longNamed(tradepost), await longNamed(tradepost)];
    const { latest } = await tradepost.listTrades({ token: bob.token });
    const made = await pingPong(tradepost, ann, bob, 12_000);
    const client = await connect(url, bob);
    await client.call('trades.watch', { after: latest });
    for (let each = 0; each < 10; each += 1) {
      client.socket.pause();
      await pause(30);
      client.socket.resume();
      await pause(10);
    }
    await expect.poll(() => client.trades.length, { timeout: 30_000 }).toBe(made.length);
    expect(client.trades).toEqual(made);
  });
});
