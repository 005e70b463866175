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

const ask = () => storage.users.findAccount({ id: newUser().id });

describe('a database that goes away', () => {
  it('while nothing is asked: the next question is answered on a new connection', async () => {
    await Promise.all([ask(), ask(), ask()]);
    relay.cut();
    await new Promise(resolve => setTimeout(resolve, 50));
    expect(await ask()).toBeNull();
  });

  it('while it is asked: the answer is storage_unavailable, and all is well afterwards', async () => {
    await ask();
    relay.freeze(true);
    const asked = Promise.allSettled(Array.from({ length: 6 }, ask));
    setTimeout(() => relay.cut(), 100);
    for (const outcome of await asked) {
      expect(outcome).toEqual({ status: 'rejected', reason: unavailable });
    }
    relay.freeze(false);
    relay.cut();
    expect(await ask()).toBeNull();
  });

  it('without a word: no question hangs, and check says so', async () => {
    await ask();
    relay.freeze(true);
    await expect(ask()).rejects.toEqual(unavailable);
    expect(await storage.check()).toMatchObject({ ok: false });
    relay.freeze(false);
    relay.cut();
    expect(await ask()).toBeNull();
  });

  it('or was never there: opening says so, and inspecting does not throw', async () => {
    const nowhere = postgres({ url: 'postgres://127.0.0.1:1/none' });
    await expect(nowhere.open()).rejects.toEqual(unavailable);
    expect(await nowhere.inspect()).toMatchObject({ ok: false, detail: expect.stringContaining('ECONNREFUSED') });
  });
});

it('what the database refuses for good reason is no such failure, and costs no connection', async () => {
  const user = await addUser(storage);
  expect(await storage.users.add({ user: newUser({ email: user.email }), passwordHash: 'x' })).toBe('email_taken');
  const broken = { ...newUser(), id: 'no uuid' as typeof user.id };
  await expect(storage.users.add({ user: broken, passwordHash: 'x' })).rejects.toMatchObject({ code: '22P02' });
});
