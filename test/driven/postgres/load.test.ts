import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { postgres } from '../../../src/adapters/driven/postgres/index.js';
import type { PoolLoad, Storage } from '../../../src/index.js';
import { NOW, newUser } from '../../../src/testing/storage-conformance/fixtures.js';
import { Relay } from '../../support/relay.js';

const relay = new Relay(inject('postgresUrl'));
let storage: Storage;

beforeAll(async () => {
  storage = await postgres({ url: await relay.listen(), schema: 'load', poolSize: 2 }).open();
});
afterAll(async () => {
  relay.freeze(false);
  await storage.close();
  await relay.close();
});

const query = () => storage.users.findAccount({ id: newUser().id });
const load = (): PoolLoad => storage.load?.() ?? expect.fail('the store does not report its load');

async function until(condition: (load: PoolLoad) => boolean): Promise<PoolLoad> {
  while (!condition(load())) await new Promise(resolve => setTimeout(resolve, 5));
  return load();
}

it('the load of a pool: open and idle connections, waiting calls, abandoned statements', async () => {
  // Reads that wait at the same time share a connection; a read and a write do not.
  await Promise.all([query(), storage.attempts.removeExpired(NOW, 1)]);
  expect(load()).toEqual({ size: 2, idle: 2, waiting: 0, abandoned: 0 });
  relay.freeze(true);
  const queries = [query()];
  await until(({ idle }) => idle === 1);
  queries.push(query());
  await until(({ idle }) => idle === 0);
  queries.push(query(), query(), query());
  const busy = await until(({ waiting }) => waiting === 3);
  expect(busy).toEqual({ size: 2, idle: 0, waiting: 3, abandoned: 0 });
  await Promise.allSettled(queries);
  expect(load()).toMatchObject({ size: 2, idle: 0, waiting: 0, abandoned: 2 });
  relay.freeze(false);
  expect(await until(({ abandoned }) => abandoned === 0)).toMatchObject({ waiting: 0 });
  expect(await query()).toBeNull();
}, 30_000);
