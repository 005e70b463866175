import { afterAll, beforeAll, expect, it } from 'vitest';
import { mongo } from '../../../src/adapters/driven/mongo/index.js';
import { poolLoadOf } from '../../../src/adapters/driven/mongo/pool-load.js';
import type { Storage } from '../../../src/index.js';
import { newUser } from '../../../src/testing/storage-conformance/fixtures.js';
import { describeMongo } from '../../support/stores/mongo-database.js';

describeMongo('the load of a client', ({ url, database, client }) => {
  let storage: Storage;
  beforeAll(async () => {
    storage = await mongo({ url, database, poolSize: 2 }).open();
  });
  afterAll(() => storage.close());

  const load = () => storage.load?.() ?? expect.fail('the store does not report its load');
  const query = () => storage.users.findAccount({ id: newUser().id });

  it('is open and idle connections, and waiting commands', async () => {
    await Promise.all([query(), query(), query()]);
    const { size, idle } = load();
    expect([size, idle]).toEqual([size, size]);
    expect(size).toBeGreaterThan(0);
    const queries = Promise.all(Array.from({ length: 8 }, query));
    // The driver selects a server before it takes a connection.
    while (load().waiting === 0) await new Promise(resolve => setImmediate(resolve));
    expect(load().idle).toBe(0);
    await queries;
    expect(load()).toMatchObject({ waiting: 0, abandoned: 0 });
  });

  it('is none for a driver with other parts, and for a client that has not connected', () => {
    const none = { size: 0, idle: 0, waiting: 0, abandoned: 0 };
    expect(poolLoadOf({} as typeof client)).toEqual(none);
    expect(
      poolLoadOf({ topology: { s: { servers: new Map([['db:27017', {}]]) } } } as unknown as typeof client),
    ).toEqual(none);
  });
});
