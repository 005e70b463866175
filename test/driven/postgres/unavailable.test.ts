import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { postgres } from '../../../src/adapters/driven/postgres/index.js';
import type { Storage } from '../../../src/index.js';
import { addUser, newUser } from '../../../src/testing/storage-conformance/fixtures.js';

/** Stands between the adapter and the server, and lets through, cuts or swallows what passes. */
class TcpProxy {
  private readonly sockets = new Set<Socket>();
  private swallow = false;
  private readonly server = createServer(inbound => {
    const { hostname, port } = new URL(inject('postgresUrl'));
    const outbound = connect(Number(port), hostname);
    for (const [from, to] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      this.sockets.add(from);
      from.on('data', bytes => {
        if (!this.swallow) to.write(bytes);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
    }
  });

  async listen(): Promise<string> {
    await new Promise<void>(resolve => this.server.listen(0, '127.0.0.1', resolve));
    const url = new URL(inject('postgresUrl'));
    url.hostname = '127.0.0.1';
    url.port = String((this.server.address() as AddressInfo).port);
    return url.href;
  }

  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  freeze(frozen: boolean): void {
    this.swallow = frozen;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise(resolve => this.server.close(resolve));
  }
}

const unavailable = expect.objectContaining({ code: 'storage_unavailable', retryAfter: 1 });
const proxy = new TcpProxy();
let storage: Storage;
let url: string;

beforeAll(async () => {
  url = await proxy.listen();
  storage = await postgres({ url, schema: 'unavailable', poolSize: 3 }).open();
});
beforeEach(() => proxy.freeze(false));
afterAll(async () => {
  proxy.freeze(false);
  await storage.close();
  await proxy.close();
});

const ask = () => storage.users.findAccount({ id: newUser().id });

describe('a database that goes away', () => {
  it('while nothing is asked: the next question is answered on a new connection', async () => {
    await Promise.all([ask(), ask(), ask()]);
    proxy.cut();
    await new Promise(resolve => setTimeout(resolve, 50));
    expect(await ask()).toBeNull();
  });

  it('while it is asked: the answer is storage_unavailable, and all is well afterwards', async () => {
    await ask();
    proxy.freeze(true);
    const asked = Promise.allSettled(Array.from({ length: 6 }, ask));
    setTimeout(() => proxy.cut(), 100);
    for (const outcome of await asked) {
      expect(outcome).toEqual({ status: 'rejected', reason: unavailable });
    }
    proxy.freeze(false);
    proxy.cut();
    expect(await ask()).toBeNull();
  });

  it('without a word: no question hangs, and check says so', async () => {
    await ask();
    proxy.freeze(true);
    await expect(ask()).rejects.toEqual(unavailable);
    expect(await storage.check()).toMatchObject({ ok: false });
    proxy.freeze(false);
    proxy.cut();
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
