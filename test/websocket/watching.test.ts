import { describe, expect, it } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import type { Storage, StorageConnector } from '../../src/index.js';
import { Gate } from '../support/gate.js';
import { somebody, trade } from '../support/library-users.js';
import { connect } from '../support/sockets/socket-client.js';
import { serve } from '../support/sockets/socket-server.js';
import { altered } from '../support/stores/altered.js';
import { lossy } from '../support/stores/lossy.js';

/** A store that can hold back the numbers of the newest entries that it has read. */
function hesitant(): { storage: StorageConnector; gate: Gate } {
  const gate = new Gate();
  const alter = (storage: Storage): Storage => {
    const latest = storage.trades.latest.bind(storage.trades);
    storage.trades.latest = async ids => {
      const found = await latest(ids);
      await gate.pass();
      return found;
    };
    return storage;
  };
  return { storage: altered(memory(), alter), gate };
}

describe('a watch whose trades the store has lost', () => {
  it('closes its socket with 1011 and the reason, and no other', async () => {
    const { storage, lose } = lossy();
    const { url, tradepost } = await serve({ storage });
    const [ann, bob, eve] = [await somebody(tradepost), await somebody(tradepost), await somebody(tradepost)];
    const [ofBob, ofEve] = [await connect(url, bob), await connect(url, eve)];
    const reasons: string[] = [];
    ofBob.socket.on('close', (_code, reason) => reasons.push(String(reason)));
    for (const client of [ofBob, ofEve]) await client.call('trades.watch');
    const made = [await trade(tradepost, ann, bob), await trade(tradepost, ann, bob)];
    await expect.poll(() => ofBob.trades).toEqual(made);
    lose(2);
    const next = await trade(tradepost, ann, bob);
    expect(await ofBob.closed).toBe(1011);
    expect(reasons).toEqual(['the cursor is ahead of the trades']);
    expect(ofBob.trades).toEqual(made);
    expect(ofEve.socket.readyState).toBe(1);
    const again = await connect(url, bob);
    const refused = await again.ask('trades.watch', { after: ofBob.lastCursor ?? '' });
    expect(refused.error?.data.code).toBe('validation_failed');
    await again.call('trades.watch', { after: 't0' });
    await expect.poll(() => again.trades).toEqual([next]);
  });
});

describe('a second trades.watch', () => {
  it('while a trade is recorded delivers it once', async () => {
    const { storage, gate } = hesitant();
    const { url, tradepost } = await serve({ storage });
    const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
    const client = await connect(url, bob);
    const { cursor } = (await client.call('trades.watch')) as { cursor: string };
    gate.hold();
    const again = client.call('trades.watch');
    await expect.poll(() => gate.held).toBe(1);
    // The new watch has read the log before this trade; the old one reads it after.
    const made = [await trade(tradepost, ann, bob)];
    gate.release();
    expect(await again).toEqual({ cursor });
    made.push(await trade(tradepost, ann, bob));
    await expect.poll(() => client.trades.length).toBeGreaterThanOrEqual(2);
    await client.call('rpc.ping');
    expect(client.trades).toEqual(made);
  });

  it('that is refused leaves the watch running, with the trades recorded meanwhile', async () => {
    const { storage, gate } = hesitant();
    const { url, tradepost } = await serve({ storage });
    const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
    const client = await connect(url, bob);
    await client.call('trades.watch');
    gate.hold();
    const again = client.ask('trades.watch', { after: 'tzz' });
    await expect.poll(() => gate.held).toBe(1);
    const made = [await trade(tradepost, ann, bob)];
    gate.release();
    expect(await again).toMatchObject({ error: { code: -32602, data: { errors: [{ pointer: '/after' }] } } });
    made.push(await trade(tradepost, ann, bob));
    await expect.poll(() => client.trades).toEqual(made);
  });

  it('ends with one trades.unwatch, and another is no error', async () => {
    const { url, tradepost } = await serve();
    const [ann, bob] = [await somebody(tradepost), await somebody(tradepost)];
    const [client, other] = [await connect(url, bob), await connect(url, bob)];
    await other.call('trades.watch');
    for (let each = 0; each < 3; each += 1) await client.call('trades.watch');
    for (let each = 0; each < 2; each += 1) expect(await client.call('trades.unwatch')).toBeNull();
    const id = await trade(tradepost, ann, bob);
    await expect.poll(() => other.trades).toEqual([id]);
    await client.call('rpc.ping');
    expect(client.trades).toEqual([]);
  });
});

describe('a socket that is gone', () => {
  it('while its watch is being started leaves no watch behind', async () => {
    let listeners = 0;
    let subscriptions = 0;
    const { storage, gate } = hesitant();
    const counted = altered(storage, opened => {
      const before = opened.signals;
      const signals = {
        subscribe: (listener: Parameters<typeof before.subscribe>[0]) => {
          listeners += 1;
          subscriptions += 1;
          const stop = before.subscribe(listener);
          return () => {
            listeners -= 1;
            stop();
          };
        },
      };
      return Object.assign(opened, { signals });
    });
    const { url, tradepost, sockets } = await serve({ storage: counted });
    const client = await connect(url, await somebody(tradepost));
    expect(listeners).toBe(1);
    gate.hold();
    void client.ask('trades.watch').catch(() => undefined);
    await expect.poll(() => gate.held).toBe(1);
    client.socket.terminate();
    await expect.poll(() => sockets.size).toBe(0);
    expect({ subscriptions, listeners }).toEqual({ subscriptions: 1, listeners: 0 });
    gate.release();
    // The watch is started and stopped again: then there must be no subscription left.
    await expect.poll(() => ({ subscriptions, listeners })).toEqual({ subscriptions: 2, listeners: 0 });
  });
});
