import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { postgres } from '../../../src/adapters/driven/postgres/index.js';
import type { Storage } from '../../../src/index.js';
import { addUser, newUser } from '../../../src/testing/storage-conformance/fixtures.js';

/** A proxy between the adapter and the server that forwards, cuts or swallows the traffic. */
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

const query = () => storage.users.findAccount({ id: newUser().id });

describe('a database that becomes unavailable', () => {
  it('between queries: the next query succeeds on a new connection', async () => {
    await Promise.all([query(), query(), query()]);
    proxy.cut();
    await new Promise(resolve => setTimeout(resolve, 50));
    expect(await query()).toBeNull();
  });

  it('during queries: they fail with storage_unavailable, and later ones succeed', async () => {
    await query();
    proxy.freeze(true);
    const queries = Promise.allSettled(Array.from({ length: 6 }, query));
    setTimeout(() => proxy.cut(), 100);
    for (const outcome of await queries) {
      expect(outcome).toEqual({ status: 'rejected', reason: unavailable });
    }
    proxy.freeze(false);
    proxy.cut();
    expect(await query()).toBeNull();
  });

  it('without closing connections: no query hangs, and check reports it', async () => {
    await query();
    proxy.freeze(true);
    await expect(query()).rejects.toEqual(unavailable);
    expect(await storage.check()).toMatchObject({ ok: false });
    proxy.freeze(false);
    proxy.cut();
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
