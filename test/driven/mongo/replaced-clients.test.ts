import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { expect, it, onTestFinished, vi } from 'vitest';
import { createClient } from '../../../src/adapters/driven/mongo/client.js';
import { Clients } from '../../../src/adapters/driven/mongo/clients.js';
import { Database } from '../../../src/adapters/driven/mongo/database.js';
import { equals, where } from '../../../src/adapters/driven/mongo/filter.js';
import { mongo } from '../../../src/adapters/driven/mongo/index.js';
import { MongoSignals } from '../../../src/adapters/driven/mongo/mongo-signals.js';
import { parseId } from '../../../src/index.js';
import { newUser } from '../../../src/testing/storage-conformance/fixtures.js';
import { Relay } from '../../support/relay.js';
import { describeMongo } from '../../support/stores/mongo-database.js';

const NOWHERE = 'mongodb://127.0.0.1:1/?directConnection=true';
const USER = parseId('01890a5d-ac96-774b-bcce-b302099a8057');
const unavailable = expect.objectContaining({ code: 'storage_unavailable' });
const sleep = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds));

describeMongo('a client that reaches no server', ({ url, database: name }) => {
  const inspected = (client: MongoClient, create?: () => MongoClient) => {
    const warnings: string[] = [];
    const onWarning = (message: string): void => void warnings.push(message);
    const clients = new Clients(client, { name, onWarning, ...(create && { create }) });
    onTestFinished(() => clients.close());
    return { clients, warnings, database: new Database(clients) };
  };
  const find = (database: Database) =>
    database.query(access => access.findOne(where('locks', { _id: equals('none') })));

  it('is replaced after 5 s while a new one does, and is closed', { timeout: 20_000 }, async () => {
    const stuck = createClient(NOWHERE);
    const closed = vi.fn();
    stuck.on('topologyClosed', closed);
    const { clients, warnings, database } = inspected(stuck, () => createClient(url));
    clients.startWatchdog();
    const started = performance.now();
    await expect(find(database)).rejects.toEqual(unavailable);
    await vi.waitFor(async () => expect(await find(database)).toBeNull(), { timeout: 12_000, interval: 100 });
    expect(performance.now() - started).toBeGreaterThan(5000);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(clients.current.client).not.toBe(stuck);
    expect(warnings).toEqual([
      expect.stringMatching(/^the MongoDB client reached no server for \d+ s although a new one/),
    ]);
    await vi.waitFor(() => expect(closed).toHaveBeenCalled(), { timeout: 6000 });
  });

  it('stays while no new one does either, and while it does', { timeout: 20_000 }, async () => {
    const relay = new Relay(url);
    const location = await relay.listen();
    const created = vi.fn(() => createClient(location));
    const { clients, warnings, database } = inspected(createClient(location), created);
    clients.startWatchdog();
    expect(await find(database)).toBeNull();
    const first = clients.current;
    await relay.shut('closing');
    await sleep(8000);
    expect(created).toHaveBeenCalled();
    await relay.restore();
    await vi.waitFor(async () => expect(await find(database)).toBeNull(), { timeout: 4000, interval: 50 });
    await sleep(2000);
    if (clients.current === first) expect(warnings).toEqual([]);
    else expect(warnings).toHaveLength(1);
    // Clients that were made to try the server leave no connection behind.
    const { client } = clients.current;
    await clients.close();
    await vi.waitFor(() => expect(relay.connections).toBe(0), { timeout: 3000 });
    expect(client).toBeInstanceOf(MongoClient);
    await relay.close();
  });

  it('keeps no connection of the one that was replaced', { timeout: 20_000 }, async () => {
    const [first, second] = [new Relay(url), new Relay(url)];
    const locations = [await first.listen(), await second.listen()] as const;
    const { clients, database } = inspected(createClient(locations[0]), () => createClient(locations[1]));
    clients.startWatchdog();
    await Promise.all([find(database), find(database), find(database)]);
    first.freeze(true);
    const running = Promise.allSettled([find(database), find(database)]);
    for (const outcome of await running) expect(outcome).toEqual({ status: 'rejected', reason: unavailable });
    await vi.waitFor(async () => expect(await find(database)).toBeNull(), { timeout: 12_000, interval: 100 });
    await vi.waitFor(() => expect(first.connections).toBe(0), { timeout: 8000 });
    await clients.close();
    await Promise.all([first.close(), second.close()]);
  });

  it('makes signals start over on the new one', { timeout: 20_000 }, async () => {
    const { clients } = inspected(createClient(NOWHERE), () => createClient(url));
    clients.startWatchdog();
    let opened = 0;
    const stuck = () => new Promise<never>(() => undefined);
    const signals = new MongoSignals(
      () => {
        opened += 1;
        return { tryNext: stuck, next: stuck, close: async () => undefined, once: vi.fn() };
      },
      listener => clients.onReplacement(listener),
    );
    signals.subscribe(() => undefined);
    expect(opened).toBe(1);
    await vi.waitFor(() => expect(opened).toBe(2), { timeout: 12_000 });
    signals.close();
  });

  it('of the application is reported and not replaced', { timeout: 20_000 }, async () => {
    const relay = new Relay(url);
    const client = new MongoClient(await relay.listen(), { serverSelectionTimeoutMS: 500 });
    const warnings: string[] = [];
    const storage = await mongo({ client, database: name, onWarning: message => warnings.push(message) }).open();
    // The server is silent: new connections are accepted, and stay open.
    relay.freeze(true);
    const failing = async () => {
      await expect(storage.users.findAccount({ id: newUser().id })).rejects.toEqual(unavailable);
      expect(await storage.check()).toMatchObject({ ok: false });
      return warnings.length;
    };
    await vi.waitFor(async () => expect(await failing()).toBe(1), { timeout: 15_000, interval: 100 });
    const report = /^The application's MongoClient has reached no server for \d+ s, although 127\.0\.0\.1:\d+ accepts/;
    expect(warnings[0]).toMatch(report);
    expect(await storage.check()).toEqual({ ok: false, detail: expect.stringMatching(report) });
    relay.freeze(false);
    relay.cut();
    await vi.waitFor(async () => expect(await storage.check()).toMatchObject({ ok: true }), { timeout: 12_000 });
    await storage.close();
    await client.close();
    await relay.close();
  });

  it('leaves no lock of a transaction that was cut off', { timeout: 20_000 }, async () => {
    const relay = new Relay(url);
    const behind = inspected(createClient(await relay.listen()), () => createClient(url));
    const direct = inspected(createClient(url), () => createClient(url));
    const lock = { _id: randomUUID(), holder: 'nobody', beat: 0 };
    await direct.database.query(access => access.insert('locks', lock));
    const own = where('locks', { _id: equals(lock._id) });
    const cut = behind.database.transaction([USER], async access => {
      await access.update(own, { increment: { beat: 1 } });
      await relay.shut('closing');
      await access.update(own, { increment: { beat: 1 } });
    });
    await expect(cut).rejects.toEqual(unavailable);
    await relay.restore();
    const restored = performance.now();
    const raise = () => direct.database.transaction([USER], access => access.update(own, { increment: { beat: 10 } }));
    await vi.waitFor(async () => expect(await raise()).toBe(true), { timeout: 15_000, interval: 100 });
    expect(performance.now() - restored).toBeLessThan(5000);
    expect(await direct.database.query(access => access.findOne(own))).toMatchObject({ beat: 10 });
    await relay.close();
  });

  it('does not block later transactions of the same user with one that is stuck', { timeout: 20_000 }, async () => {
    const { database } = inspected(createClient(url), () => createClient(url));
    const stuck = database.transaction([USER], () => new Promise<never>(() => undefined));
    const later = database.transaction([USER], async () => 'done');
    await expect(stuck).rejects.toEqual(unavailable);
    await expect(later).rejects.toEqual(unavailable);
    await sleep(600);
    expect(await database.transaction([USER], async () => 'done')).toBe('done');
  });
});
