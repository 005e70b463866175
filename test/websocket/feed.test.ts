import { describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { postgres } from '../../src/adapters/driven/postgres/index.js';
import { pingPong, session, somebody, trade } from '../support/library-users.js';
import type { Client } from '../support/sockets/socket-client.js';
import { connect } from '../support/sockets/socket-client.js';
import { serve } from '../support/sockets/socket-server.js';
import { silent } from '../support/stores/altered.js';

/** Milliseconds without a signal: a check every 2 s, its queries, and time for a busy machine. */
const AT_THE_NEXT_CHECK = { timeout: 3500, interval: 10 };

/** Counts how often a notification is serialised from now on. */
function countSerialised(): () => number {
  const spy = vi.spyOn(JSON, 'stringify');
  onTestFinished(() => spy.mockRestore());
  return () => spy.mock.calls.filter(([value]) => value?.method === 'trades.recorded').length;
}

describe('a thousand sockets of one user', () => {
  it('all get an event, which is serialised once for all of them, and do not wait for one that reads slowly', async () => {
    const { url, tradepost, sockets } = await serve({ webSocket: { limits: { socketsPerUser: 1000 } } });
    const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
    const clients: Client[] = [];
    for (let batch = 0; batch < 20; batch += 1) {
      clients.push(...(await Promise.all(Array.from({ length: 50 }, () => connect(url, bob)))));
    }
    const sender = await connect(url, ann);
    await Promise.all([sender, ...clients].map(client => client.call('trades.watch')));
    expect(sockets.size).toBe(1001);
    const [stalled, ...reading] = clients;
    stalled?.socket.pause();

    const serialised = countSerialised();
    const id = await trade(tradepost, ann, bob);
    const received = () => reading.filter(({ trades }) => trades.length === 1 && trades[0] === id).length;
    await expect.poll(received, { timeout: 20_000 }).toBe(999);
    await expect.poll(() => sender.trades).toEqual([id]);
    // One per user, because the cursor is that of the user's own log.
    expect(serialised()).toBe(2);
    stalled?.socket.resume();
    await expect.poll(() => stalled?.trades).toEqual([id]);
  });
});

describe('without any signal', () => {
  const storage = () => silent(postgres({ url: inject('postgresUrl'), schema: 'ws_silent' }));

  it('all trades of another process are still delivered, once and in order', async () => {
    const [here, there] = [await serve({ storage: storage() }), await serve({ storage: storage() })];
    const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
    const client = await connect(there.url, bob);
    await client.call('trades.watch');
    const made = await pingPong(here.tradepost, ann, bob, 150);
    await expect.poll(() => client.trades.length, AT_THE_NEXT_CHECK).toBe(made.length);
    made.push(await trade(here.tradepost, ann, bob));
    await expect.poll(() => client.trades.length, AT_THE_NEXT_CHECK).toBe(made.length);
    expect(client.trades).toEqual(made);
  });

  it('the socket of a session that another process ended is still closed, and no other', async () => {
    const [here, there] = [await serve({ storage: storage() }), await serve({ storage: storage() })];
    const ann = await somebody(here.tradepost);
    const other = await session(here.tradepost, ann.username);
    const [leaving, staying] = [await connect(there.url, ann), await connect(there.url, other)];
    let code: number | undefined;
    void leaving.closed.then(value => {
      code = value;
    });
    await here.tradepost.logout({ token: ann.token });
    await expect.poll(() => code, AT_THE_NEXT_CHECK).toBe(4401);
    expect(await staying.call('users.me')).toMatchObject({ session: { id: other.sessionId } });
  });
});
