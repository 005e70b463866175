import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { createPool } from '../../../src/adapters/driven/postgres/connections.js';
import { postgres } from '../../../src/adapters/driven/postgres/index.js';
import type { Storage } from '../../../src/index.js';
import { addUser, times } from '../../../src/testing/storage-conformance/fixtures.js';
import { startEmbeddedPostgres } from '../../support/setup/embedded-postgres.js';
import { freshDatabase } from '../../support/stores/temporary-stores.js';

const name = `read_only_${randomBytes(6).toString('hex')}`;
const POOL_SIZE = 8;
let url: string;
let drop: () => Promise<void>;
let admin: pg.Client;
let storage: Storage;

beforeAll(async () => {
  ({ url, drop } = await freshDatabase(inject('postgresUrl'), name));
  admin = new pg.Client({ connectionString: inject('postgresUrl') });
  await admin.connect();
  storage = await postgres({ url, poolSize: POOL_SIZE }).open();
});
afterAll(async () => {
  await storage?.close();
  await admin.end();
  await drop();
});

/** For new connections. Those that are open stay as they are, as with a server that becomes another behind its name. */
const setReadOnly = (state: 'on' | 'off') =>
  admin.query(`ALTER DATABASE ${name} SET default_transaction_read_only = ${state}`);

const cutAll = () => admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);

const refusalOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => null,
    (error: unknown) => error,
  );

describe('a server that refuses writes', () => {
  it('is left for one that accepts them at the first write, with all connections', { timeout: 20_000 }, async () => {
    await setReadOnly('on');
    await cutAll();
    await vi.waitFor(
      async () => expect(await refusalOf(addUser(storage))).toMatchObject({ cause: { code: '25006' } }),
      {
        timeout: 10_000,
      },
    );
    // As many connections as there can be.
    await Promise.all(
      times(POOL_SIZE).map(() =>
        storage.sessions.list(crypto.randomUUID() as never, BOUNDS, { before: null, limit: 1 }),
      ),
    );
    expect(await storage.check()).toMatchObject({
      ok: false,
      detail: expect.stringContaining('default_transaction_read_only is on'),
    });

    await setReadOnly('off');
    const began = performance.now();
    let failures = 0;
    for (;;) {
      if ((await refusalOf(addUser(storage))) === null) break;
      failures += 1;
      expect(performance.now() - began).toBeLessThan(2500);
    }
    expect(failures).toBeLessThanOrEqual(2);
    await Promise.all(times(POOL_SIZE - 2).map(() => addUser(storage)));
    expect(await storage.check()).toMatchObject({ ok: true });
  });

  it('is not opened, and not taken for healthy', async () => {
    await setReadOnly('on');
    onTestFinished(async () => void (await setReadOnly('off')));
    const connector = postgres({ url });
    await expect(connector.open()).rejects.toMatchObject({ code: 'unsupported_deployment' });
    expect(await connector.inspect()).toMatchObject({ ok: false, detail: expect.stringContaining('Turn it off') });
  });

  it('so is a role without the right to write', async () => {
    const role = `${name}_reader`;
    const owner = new pg.Client({ connectionString: url });
    await owner.connect();
    await owner.query(`CREATE ROLE ${role} LOGIN PASSWORD 'reader'; GRANT USAGE ON SCHEMA tradepost TO ${role}`);
    await owner.query(`GRANT SELECT ON ALL TABLES IN SCHEMA tradepost TO ${role}`);
    await owner.query(`GRANT INSERT, UPDATE, DELETE ON tradepost.users TO ${role}`);
    onTestFinished(async () => {
      await owner.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      await owner.end();
    });
    const asReader = new URL(url);
    asReader.username = role;
    asReader.password = 'reader';
    const { ok, detail } = await postgres({ url: asReader.href }).inspect();
    expect(ok).toBe(false);
    expect(detail).toContain(
      'lacks rights to attempts, cards, idempotency_records, sessions, trade_counters, trade_entries. Run',
    );
  });
});

const BOUNDS = { now: '2026-01-31T12:00:00.000Z', idleSince: null } as Parameters<Storage['sessions']['list']>[1];

it('the listening connection leaves a server that has become read-only', { timeout: 60_000 }, async () => {
  const server = await startEmbeddedPostgres();
  onTestFinished(() => server.stop());
  const own = new pg.Client({ connectionString: server.url });
  await own.connect();
  onTestFinished(() => own.end());
  const listening = await postgres({ url: server.url }).open();
  onTestFinished(() => listening.close());
  listening.signals.subscribe(() => undefined);
  const readPid = async (): Promise<number | undefined> => {
    const { rows } = await own.query<{ pid: number }>(
      "SELECT pid FROM pg_stat_activity WHERE application_name = 'tradepost' AND query IN ('LISTEN tradepost_signals', 'SHOW transaction_read_only')",
    );
    return rows[0]?.pid;
  };
  await vi.waitFor(async () => expect(await readPid()).toBeGreaterThan(0));
  const before = await readPid();
  await own.query('ALTER SYSTEM SET default_transaction_read_only = on');
  await own.query('SELECT pg_reload_conf()');
  await vi.waitFor(async () => expect([undefined, before]).not.toContain(await readPid()), {
    timeout: 20_000,
    interval: 100,
  });
});

it('connections of an own pool are renewed after about 10 minutes, at different times', async () => {
  const { pool } = createPool(url);
  const lifetimes = times(100).map(() => pool.options.maxLifetimeSeconds);
  for (const lifetime of lifetimes) {
    expect(lifetime).toBeGreaterThanOrEqual(480);
    expect(lifetime).toBeLessThanOrEqual(720);
  }
  expect(new Set(lifetimes).size).toBeGreaterThan(90);
  await pool.end();
});
