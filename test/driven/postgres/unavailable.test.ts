import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { postgres } from '../../../src/adapters/driven/postgres/index.js';
import type { Storage } from '../../../src/index.js';
import { addUser, newUser } from '../../../src/testing/storage-conformance/fixtures.js';
import { Relay } from '../../support/relay.js';

const unavailable = expect.objectContaining({ code: 'storage_unavailable', retryAfter: 1 });
const relay = new Relay(inject('postgresUrl'));
let storage: Storage;
let url: string;

beforeAll(async () => {
  url = await relay.listen();
  storage = await postgres({ url, schema: 'unavailable', poolSize: 3 }).open();
});
beforeEach(() => relay.freeze(false));
afterAll(async () => {
  relay.freeze(false);
  await storage.close();
  await relay.close();
});

const query = () => storage.users.findAccount({ id: newUser().id });

describe('a database that becomes unavailable', () => {
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
    for (const outcome of await queries) {
      expect(outcome).toEqual({ status: 'rejected', reason: unavailable });
    }
    relay.freeze(false);
    relay.cut();
    expect(await query()).toBeNull();
  });

  it('without closing connections: no query hangs, and check reports it', async () => {
    await query();
    relay.freeze(true);
    await expect(query()).rejects.toEqual(unavailable);
    expect(await storage.check()).toMatchObject({ ok: false });
    relay.freeze(false);
    relay.cut();
    expect(await query()).toBeNull();
  });

  it('or was never there: opening throws, and inspecting reports it', async () => {
    const nowhere = postgres({ url: 'postgres://127.0.0.1:1/none' });
    await expect(nowhere.open()).rejects.toEqual(unavailable);
    expect(await nowhere.inspect()).toMatchObject({ ok: false, detail: expect.stringContaining('ECONNREFUSED') });
  });
});

it('an error of a statement is not storage_unavailable, and its connection is kept', async () => {
  const user = await addUser(storage);
  expect(await storage.users.add({ user: newUser({ email: user.email }), passwordHash: 'x' })).toBe('email_taken');
  const broken = { ...newUser(), id: 'no uuid' as typeof user.id };
  await expect(storage.users.add({ user: broken, passwordHash: 'x' })).rejects.toMatchObject({ code: '22P02' });
});
