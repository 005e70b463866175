import { getEventListeners } from 'node:events';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createClient, type WatchedTrade } from '../../src/adapters/client/index.js';
import { backoff } from '../support/client/watching.js';
import { pingPong, somebody, trade } from '../support/library-users.js';
import { Relay } from '../support/relay.js';
import { type RunningServer, serve } from '../support/sockets/socket-server.js';

async function twoUsers({ tradepost, origin }: RunningServer, url = origin) {
  const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
  const client = createClient({ url, token: bob.token, WebSocket, backoff });
  return { ann, bob, client, give: () => trade(tradepost, ann, bob) };
}

/** Takes trades until there are as many as expected. */
async function take(trades: AsyncIterable<WatchedTrade>, count: number): Promise<WatchedTrade[]> {
  const taken: WatchedTrade[] = [];
  for await (const event of trades) {
    taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}

const ids = (events: readonly WatchedTrade[]): string[] => events.map(({ trade: { id } }) => id);

describe('the loop over trades', () => {
  it('has each trade with its cursor, in order, from a cursor on, and frees its socket at a break', async () => {
    const running = await serve();
    const { client, give } = await twoUsers(running);
    const made = [await give(), await give()];
    const first = await take(client.trades({ after: 't0' }), 2);
    expect(ids(first)).toEqual(made);
    await vi.waitFor(() => expect(running.sockets.size).toBe(0));

    const loop = take(client.trades({ after: first[0]?.cursor ?? '' }), 3);
    const late = [await give(), await give()];
    expect(ids(await loop)).toEqual([made[1], ...late]);
    await vi.waitFor(() => expect(running.sockets.size).toBe(0));
  });

  it('starts with the trades from now on without a cursor, at its first turn', async () => {
    const running = await serve();
    const { client, give } = await twoUsers(running);
    await give();
    const trades = client.trades();
    await new Promise(passed => setTimeout(passed, 50));
    expect(running.sockets.size).toBe(0);
    const loop = take(trades, 1);
    await vi.waitFor(() => expect(running.sockets.size).toBe(1));
    // The socket is open before its watch has begun.
    await new Promise(passed => setTimeout(passed, 200));
    const id = await give();
    expect(ids(await loop)).toEqual([id]);
  });

  it('ends when an error is thrown in it', async () => {
    const running = await serve();
    const { client, give } = await twoUsers(running);
    await give();
    const loop = async (): Promise<void> => {
      for await (const _ of client.trades({ after: 't0' })) throw new Error('of the application');
    };
    await expect(loop()).rejects.toThrow('of the application');
    await vi.waitFor(() => expect(running.sockets.size).toBe(0));
  });

  it('ends at `return` while it waits for a trade, and stays ended', async () => {
    const running = await serve();
    const { client, give } = await twoUsers(running);
    const trades = client.trades();
    const waiting = [trades.next(), trades.next()];
    await vi.waitFor(() => expect(running.sockets.size).toBe(1));
    expect(await trades.return?.()).toEqual({ done: true, value: undefined });
    expect(await Promise.all(waiting)).toEqual(Array(2).fill({ done: true, value: undefined }));
    await vi.waitFor(() => expect(running.sockets.size).toBe(0));
    await give();
    expect(await trades.next()).toEqual({ done: true, value: undefined });
    expect(running.sockets.size).toBe(0);
  });

  it('ends without an error when its signal is aborted, before, during and between trades', async () => {
    const running = await serve();
    const { client, give } = await twoUsers(running);
    await give();
    expect(await take(client.trades({ after: 't0', signal: AbortSignal.abort() }), 1)).toEqual([]);
    expect(running.sockets.size).toBe(0);

    const waiting = new AbortController();
    const loop = take(client.trades({ signal: waiting.signal }), 1);
    await vi.waitFor(() => expect(running.sockets.size).toBe(1));
    waiting.abort();
    expect(await loop).toEqual([]);

    const working = new AbortController();
    let turns = 0;
    for await (const _ of client.trades({ after: 't0', signal: working.signal })) {
      turns += 1;
      await give();
      working.abort();
    }
    expect(turns).toBe(1);
    await vi.waitFor(() => expect(running.sockets.size).toBe(0));
  });

  it('leaves nothing behind at a signal that lives longer, nor do watches and calls', async () => {
    const running = await serve();
    const { client, give } = await twoUsers(running);
    await give();
    const { signal } = new AbortController();
    for (let each = 0; each < 20; each += 1) {
      await take(client.trades({ after: 't0', signal }), 1);
      client.watchTrades(() => undefined, { signal }).stop();
      await client.authenticate({}, { signal });
    }
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('throws why the watch ended by itself, after the trades before', async () => {
    const running = await serve();
    const { client, bob, give } = await twoUsers(running);
    await give();
    const taken: string[] = [];
    const loop = async (): Promise<void> => {
      for await (const { trade } of client.trades({ after: 't0' })) {
        taken.push(trade.id);
        await running.tradepost.revokeAllSessions({ token: bob.token }).catch(() => undefined);
      }
    };
    await expect(loop()).rejects.toMatchObject({ name: 'ClientError', code: 'unauthenticated' });
    expect(taken).toHaveLength(1);
    await expect(take(client.trades({ after: 'rubbish' }), 1)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('throws where there is no WebSocket, and where the watch is refused', async () => {
    vi.stubGlobal('WebSocket', undefined);
    onTestFinished(() => void vi.unstubAllGlobals());
    const { origin, tradepost } = await serve();
    const { token } = await somebody(tradepost);
    await expect(take(createClient({ url: origin, token }).trades(), 1)).rejects.toThrow(TypeError);
    const lost = createClient({ url: origin, token, socketUrl: '/nope', WebSocket, backoff });
    await expect(take(lost.trades(), 1)).rejects.toMatchObject({ code: 'route_not_found' });
  });

  it('loses nothing and repeats nothing while its connection is cut again and again', async () => {
    const running = await serve();
    const relay = new Relay(running.origin);
    onTestFinished(() => relay.close());
    const { client, ann, bob } = await twoUsers(running, await relay.listen());
    const TRADES = 300;
    const making = pingPong(running.tradepost, ann, bob, TRADES);
    const taken: WatchedTrade[] = [];
    let cuts = 0;
    for await (const event of client.trades({ after: 't0' })) {
      taken.push(event);
      if (taken.length === TRADES) break;
      if (taken.length % 20 !== 0) continue;
      cuts += 1;
      if (cuts % 2 === 0) relay.cut();
      else relay.cutNextFrame();
    }
    expect(cuts).toBeGreaterThan(10);
    expect(ids(taken)).toEqual(await making);
  });
});

describe('a slow loop', () => {
  it('keeps at most 1,000 trades: then it leaves the socket, and returns to it for the rest', async () => {
    const running = await serve();
    const { client, ann, bob } = await twoUsers(running);
    const made = await pingPong(running.tradepost, ann, bob, 2_500);
    const left: unknown[] = [];
    const slow = createClient({
      url: running.origin,
      token: bob.token,
      WebSocket,
      debug: (message, details) => {
        if (message === 'paused for the listener') left.push(details);
      },
    });
    const taken: WatchedTrade[] = [];
    for await (const event of slow.trades({ after: 't0' })) {
      taken.push(event);
      if (taken.length === 1) await vi.waitFor(() => expect([left.length, running.sockets.size]).toEqual([1, 0]));
      if (taken.length === made.length) break;
    }
    expect(ids(taken)).toEqual(made);
    // Besides those that wait, one is taken and one is offered to the loop.
    expect(left[0]).toEqual({ cursor: taken[1_001]?.cursor });
    // A fast watch of the same client is not held up.
    expect(ids(await take(client.trades({ after: 't0' }), 2_500))).toEqual(made);
  });
});
