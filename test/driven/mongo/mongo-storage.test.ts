import { randomBytes } from 'node:crypto';
import type { MongoClient } from 'mongodb';
import { expect, it } from 'vitest';
import { mongo } from '../../../src/adapters/driven/mongo/index.js';
import { addUser, newUser } from '../../../src/testing/storage-conformance/fixtures.js';
import { Relay } from '../../support/relay.js';
import { describeMongo } from '../../support/stores/mongo-database.js';

const collections = async (client: MongoClient, database: string): Promise<string[]> =>
  (await client.db(database).listCollections().toArray()).map(({ name }) => name);

describeMongo('opening a MongoDB database', ({ url, client, database }) => {
  const another = () => `${database}_${randomBytes(4).toString('hex')}`;
  const drop = (name: string) => client.db(name).dropDatabase();

  it('creates the collections of an empty one, also when many start at once', async () => {
    const connectors = Array.from({ length: 5 }, () => mongo({ url, database, poolSize: 2 }));
    const storages = await Promise.all(connectors.map(connector => connector.open()));
    for (const storage of storages) {
      expect(await storage.check()).toMatchObject({ ok: true });
      await storage.close();
    }
    expect(await collections(client, database)).toEqual(
      expect.arrayContaining(['tradepost.users', 'tradepost.sessions', 'tradepost.cards', 'tradepost.trade_entries']),
    );
    const names = await client.db(database).collection('tradepost.migrations').distinct('_id');
    expect(names).toEqual(['0001-core', '0002-attempts']);
    expect(await client.db(database).collection('tradepost.locks').countDocuments()).toBe(0);
  });

  it('refuses one with an older schema, and says what to do', async () => {
    const older = another();
    const connector = mongo({ client, database: older });
    const migrations = client.db(older).collection<{ _id: string; appliedAt: Date }>('tradepost.migrations');
    await migrations.insertOne({ _id: '0000-before-all', appliedAt: new Date() });
    await expect(connector.open()).rejects.toMatchObject({
      code: 'schema_outdated',
      pending: ['0001-core', '0002-attempts'],
    });
    await expect(connector.open()).rejects.toThrow(
      'lacks the migrations 0001-core, 0002-attempts. Run `tradepost migrate`',
    );
    expect(await connector.inspect()).toEqual({ ok: false, detail: expect.stringContaining('tradepost migrate') });
    expect(await connector.migrate()).toEqual({ applied: ['0001-core', '0002-attempts'], current: '0002-attempts' });
    expect(await connector.migrate()).toEqual({ applied: [], current: '0002-attempts' });
    const storage = await connector.open();
    expect(await storage.check()).toMatchObject({ ok: true });
    await drop(older);
  });

  it('refuses one with a newer schema, which a server that has it open goes on serving', async () => {
    const newer = another();
    const connector = mongo({ client, database: newer });
    const storage = await connector.open();
    const migrations = client.db(newer).collection<{ _id: string; appliedAt: Date }>('tradepost.migrations');
    await migrations.insertOne({ _id: '9999-later', appliedAt: new Date() });
    await expect(connector.open()).rejects.toMatchObject({ code: 'schema_newer', unknown: ['9999-later'] });
    await expect(connector.migrate()).rejects.toMatchObject({ code: 'schema_newer' });
    expect(await connector.inspect()).toEqual({ ok: false, detail: expect.stringContaining('9999-later') });
    expect(await storage.check()).toMatchObject({ ok: true });
    await storage.close();
    await drop(newer);
  });

  it('completes an interrupted migration', async () => {
    const half = another();
    await client.db(half).createCollection('tradepost.users');
    const storage = await mongo({ client, database: half }).open();
    const user = await addUser(storage);
    expect(await storage.users.add({ user: newUser({ email: user.email }), passwordHash: 'x' })).toBe('email_taken');
    await drop(half);
  });

  it('takes over the lock of a dead process', { timeout: 30_000 }, async () => {
    const locked = another();
    const locks = client.db(locked).collection<{ _id: string; holder: string; beat: number }>('tradepost.locks');
    await locks.insertOne({ _id: 'migrations', holder: 'gone', beat: 3 });
    expect(await mongo({ client, database: locked }).migrate()).toMatchObject({
      applied: ['0001-core', '0002-attempts'],
    });
    expect(await locks.countDocuments()).toBe(0);
    await drop(locked);
  });

  it('inspects without changing anything', async () => {
    const untouched = another();
    expect(await mongo({ client, database: untouched }).inspect()).toMatchObject({
      ok: true,
      detail: expect.stringContaining(`the database ${untouched} has no collections of Tradepost yet`),
    });
    expect(await collections(client, untouched)).toEqual([]);
  });

  it("keeps databases apart on one client, which stays open, and leaves an application's own collections alone", async () => {
    const [first, second] = [another(), another()];
    await client.db(first).collection<{ _id: string }>('users').insertOne({ _id: 'not of Tradepost' });
    const one = await mongo({ client, database: first }).open();
    const two = await mongo({ client, database: second }).open();
    const user = await addUser(one);
    expect(await two.users.findAccount({ id: user.id })).toBeNull();
    await one.close();
    await two.close();
    expect(await client.db(first).collection('users').countDocuments()).toBe(1);
    await drop(first);
    await drop(second);
  });

  it('refuses a server without transactions, and says what to do', async () => {
    const relay = new Relay(url);
    // By these a driver recognises a replica set, or a router of a sharded cluster.
    relay.replace('isdbgrid', 'standard');
    relay.replace('setName', 'xetName');
    const alone = mongo({ url: await relay.listen(), database: another() });
    const message = /^This MongoDB server is standalone .* --replSet rs0 and run rs\.initiate\(\) in mongosh, once\.$/;
    try {
      await expect(alone.open()).rejects.toMatchObject({ code: 'unsupported_deployment' });
      await expect(alone.open()).rejects.toThrow(message);
      await expect(alone.migrate()).rejects.toThrow(message);
      expect(await alone.inspect()).toEqual({ ok: false, detail: expect.stringMatching(message) });
    } finally {
      await relay.close();
    }
  });

  it('requires either a url or a client, and never shows the password', () => {
    expect(() => mongo({})).toThrow('either `url` or `client`');
    expect(() => mongo({ url, client })).toThrow('either `url` or `client`');
    expect(() => mongo({ url: 'mongodb//user:secret@db' })).toThrow(/^mongo\(\{ url \}\): the URL must look like/);
    const describeUrl = (of: string) => mongo({ url: of }).description;
    expect(describeUrl('mongodb://user:secret@a:27017,b:27018/app?w=1')).toBe('mongodb a:27017,b:27018/app');
    expect(describeUrl('mongodb+srv://user:secret@cluster.example/?password=secret')).toBe(
      'mongodb cluster.example/tradepost',
    );
    expect(mongo({ client }).description).toBe('mongodb (own client)/tradepost');
    expect(mongo({ url: 'mongodb://a/app', database: 'other' }).description).toBe('mongodb a/other');
  });
});

describeMongo('a validator of MongoDB', ({ url, client, database }) => {
  it.each([
    ['users', { email: { $gt: '' } }],
    ['cards', { name: 'x'.repeat(101) }],
    ['trade_counters', { lastNumber: 0 }],
  ])('refuses documents of other programs that break the rules (%s)', async (name, fields) => {
    await (await mongo({ url, database }).open()).close();
    const insertion = client.db(database).collection(`tradepost.${name}`).insertOne(fields);
    await expect(insertion).rejects.toMatchObject({ code: 121 });
  });
});
