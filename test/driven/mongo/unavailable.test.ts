import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { mongo } from '../../../src/adapters/driven/mongo/index.js';
import type { Storage } from '../../../src/index.js';
import { addCard, addUser, newUser, proposal } from '../../../src/testing/storage-conformance/fixtures.js';
import { describeMongo } from '../../setup/mongo-database.js';
import { Relay } from './relay.js';

const unavailable = expect.objectContaining({ code: 'storage_unavailable', retryAfter: 1 });

describeMongo('a MongoDB that becomes unavailable', ({ url, database }) => {
  const relay = new Relay(url);
  let storage: Storage;

  beforeAll(async () => {
    storage = await mongo({ url: await relay.listen(), database, poolSize: 3 }).open();
  });
  beforeEach(() => relay.freeze(false));
  afterAll(async () => {
    relay.freeze(false);
    await storage.close();
    await relay.close();
  });

  const query = () => storage.users.findAccount({ id: newUser().id });

  /** The driver checks the server twice a second. */
  const untilAvailable = () =>
    vi.waitFor(async () => expect(await query()).toBeNull(), { timeout: 3000, interval: 10 });

  it('between queries: the next query succeeds on a new connection', async () => {
    await Promise.all([query(), query(), query()]);
    relay.cut();
    await new Promise(resolve => setTimeout(resolve, 50));
    expect(await query()).toBeNull();
  });

  it('during queries: they fail with storage_unavailable, and later ones succeed', async () => {
    await query();
    relay.freeze(true);
    const queries = Promise.allSettled(Array.from({ length: 6 }, query));
    setTimeout(() => relay.cut(), 100);
    for (const outcome of await queries) expect(outcome).toEqual({ status: 'rejected', reason: unavailable });
    relay.freeze(false);
    relay.cut();
    await untilAvailable();
  });

  it('without closing connections: no query and no trade hangs, and check reports it', async () => {
    const [sender, recipient] = [await addUser(storage), await addUser(storage)];
    const card = await addCard(storage, sender);
    relay.freeze(true);
    const started = performance.now();
    const trade = storage.trades.record(proposal(sender, card, { id: recipient.id }), null);
    const outcomes = await Promise.allSettled([query(), trade, storage.sessions.removeAll(sender.id, null)]);
    for (const outcome of outcomes) expect(outcome).toEqual({ status: 'rejected', reason: unavailable });
    expect(await storage.check()).toMatchObject({ ok: false });
    expect(performance.now() - started).toBeLessThan(8000);
    relay.freeze(false);
    relay.cut();
    await untilAvailable();
  });

  it('during trades: each takes effect as a whole or not at all', async () => {
    const [sender, recipient] = [await addUser(storage), await addUser(storage)];
    const cards = await Promise.all(Array.from({ length: 12 }, () => addCard(storage, sender)));
    const cutting = setInterval(() => relay.cut(), 25);
    const trades = cards.map(card => storage.trades.record(proposal(sender, card, { id: recipient.id }), null));
    const outcomes = await Promise.allSettled(trades);
    clearInterval(cutting);
    await untilAvailable();
    const moved = await vi.waitFor(async () => {
      // A commit whose answer was cut off may still take effect between two of these reads.
      const logs = await Promise.all([sender, recipient].map(({ id }) => storage.trades.entriesAfter(id, 0, 100)));
      const received = (await storage.cards.list(recipient.id, { before: null, limit: 100 }))
        .map(({ id }) => id)
        .sort();
      for (const log of logs) {
        expect(log.map(({ number }) => number)).toEqual(log.map((_, index) => index + 1));
        expect(log.map(({ cardId }) => cardId).sort()).toEqual(received);
      }
      return received;
    });
    // Every acknowledged trade is there.
    const acknowledged = outcomes.filter(({ status }) => status === 'fulfilled').length;
    expect(moved.length).toBeGreaterThanOrEqual(acknowledged);
  });

  it('or was never there: opening throws, and inspecting reports it', async () => {
    const nowhere = mongo({ url: 'mongodb://127.0.0.1:1/none' });
    await expect(nowhere.open()).rejects.toEqual(unavailable);
    expect(await nowhere.inspect()).toMatchObject({ ok: false, detail: expect.stringContaining('ECONNREFUSED') });
  });
});

describe('a client of the caller without time-outs of its own', () => {
  describeMongo('and a MongoDB that stops answering', ({ url, database }) => {
    it('does not let a query hang', async () => {
      const { MongoClient } = await import('mongodb');
      const relay = new Relay(url);
      const client = new MongoClient(await relay.listen());
      const storage = await mongo({ client, database }).open();
      relay.freeze(true);
      await expect(storage.users.findAccount({ id: newUser().id })).rejects.toEqual(unavailable);
      relay.freeze(false);
      relay.cut();
      await client.close();
      await relay.close();
    });
  });
});
