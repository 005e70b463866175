import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { AbandonedConnections } from '../../../src/adapters/driven/postgres/abandoned-connections.js';
import { Database } from '../../../src/adapters/driven/postgres/database.js';
import { statement, writeStatement } from '../../../src/adapters/driven/postgres/statement.js';
import { times } from '../../../src/testing/storage-conformance/fixtures.js';
import { Relay } from '../../support/relay.js';
import { freshDatabase } from '../../support/stores/temporary-stores.js';

let url: string;
let drop: () => Promise<void>;
let admin: pg.Pool;

beforeAll(async () => {
  ({ url, drop } = await freshDatabase(inject('postgresUrl'), `abandoned_${randomBytes(6).toString('hex')}`));
  admin = new pg.Pool({ connectionString: url, max: 1 });
});
afterAll(async () => {
  await admin.end();
  await drop();
});

const SIZE = 4;
const nothing = () => undefined;
const sleepFor = (seconds: number) => statement(`sleep_${seconds}`, `SELECT pg_sleep(${seconds})`, nothing);
const writeFor = (seconds: number) => writeStatement(`write_${seconds}`, `SELECT pg_sleep(${seconds})`, nothing);
const quick = statement('quick', 'SELECT 1', ([one]: readonly [number]) => one);

function open(connectionString = url, queryTimeout = 500) {
  const pool = new pg.Pool({ connectionString, max: SIZE, connectionTimeoutMillis: 1000, query_timeout: queryTimeout });
  pool.on('error', nothing);
  const database = new Database(pool, new AbandonedConnections(() => new pg.Client(pool.options)));
  onTestFinished(async () => {
    database.close();
    await pool.end();
  });
  return { pool, database };
}

const sleeping = async (): Promise<number> => {
  const { rows } = await admin.query<{ found: number }>(
    "SELECT count(*)::int AS found FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'SELECT pg_sleep%' AND state = 'active'",
  );
  return rows[0]?.found ?? 0;
};

describe('a statement that was given up', () => {
  it('is cancelled on the server, and its connection is free again', async () => {
    const { pool, database } = open();
    await expect(database.query(sleepFor(20), [])).rejects.toMatchObject({ code: 'storage_unavailable' });
    await expect.poll(sleeping).toBe(0);
    await expect.poll(() => pool.totalCount).toBe(0);
    expect(await database.query(quick, [])).toEqual([1]);
  });

  it('is cancelled too where its connection was cut', async () => {
    const relay = new Relay(url);
    onTestFinished(() => relay.close());
    const { database } = open(await relay.listen());
    const running = database.query(sleepFor(21), []);
    await expect.poll(sleeping).toBe(1);
    relay.cut();
    await expect(running).rejects.toMatchObject({ code: 'storage_unavailable' });
    await expect.poll(sleeping).toBe(0);
  });

  it('counts against the pool as long as the server lists its process, and no longer', {
    timeout: 20_000,
  }, async () => {
    const relay = new Relay(url);
    onTestFinished(() => relay.close());
    const { pool, database } = open(await relay.listen());
    for (const client of await Promise.all(times(SIZE).map(() => pool.connect()))) client.release();
    relay.freeze(true);
    await Promise.allSettled(times(SIZE).map(() => database.query(sleepFor(22), [])));
    await new Promise(resolve => setTimeout(resolve, 2000));
    // Nothing can be learnt through the frozen relay.
    expect(pool.totalCount).toBe(SIZE);
    // The old connections stay silent for good. New ones reach the server, which has none of the processes.
    relay.hold();
    await admin.query(
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    relay.freeze(false);
    await expect.poll(() => pool.totalCount, { timeout: 10_000 }).toBeLessThan(SIZE);
    expect(await database.query(quick, [])).toEqual([1]);
  });
});

it.each([
  ['is busy on the server it was of', 0, 0, true, false],
  ['waits for its client, as the network lost the statement', 0, 0, false, true],
  ['is of another server with a process of the same id', 1, 0, true, true],
  ['is older than the process that has its id now', 0, 3_600_000, true, true],
])('a process that %s', async (_name, otherPort, hoursAgo, isBusy, isGone) => {
  const { host, port, database, user, password } = new pg.Client({ connectionString: url });
  const holder = new pg.Client({ connectionString: url });
  await holder.connect();
  onTestFinished(() => holder.end());
  const { rows } = await holder.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  if (isBusy) void holder.query('SELECT pg_sleep(3)').catch(nothing);
  const silent = Object.assign(new EventEmitter(), { stream: { destroyed: false, destroy: nothing } });
  const client = {
    ...{ host, port: port + otherPort, processID: rows[0]?.pid, secretKey: 1, readyForQuery: false },
    connection: silent,
    end: async () => undefined,
  } as unknown as pg.PoolClient;
  const abandoned = new AbandonedConnections(() => new pg.Client({ host, port, database, user, password }));
  onTestFinished(() => abandoned.close());
  const now = vi.spyOn(performance, 'now').mockReturnValueOnce(performance.now() - hoursAgo);
  let ended = false;
  void abandoned.end(client).then(() => {
    ended = true;
  });
  now.mockRestore();
  if (isGone) await expect.poll(() => ended, { timeout: 5000 }).toBe(true);
  else {
    await new Promise(resolve => setTimeout(resolve, 1500));
    expect(ended).toBe(false);
  }
});

it('closing does not wait for statements whose server cannot be reached', async () => {
  const relay = new Relay(url);
  onTestFinished(() => relay.close());
  const connectionString = await relay.listen();
  const pool = new pg.Pool({ connectionString, max: SIZE, connectionTimeoutMillis: 1000, query_timeout: 500 });
  const database = new Database(pool, new AbandonedConnections(() => new pg.Client(pool.options)));
  await database.query(quick, []);
  relay.freeze(true);
  await expect(database.query(quick, [])).rejects.toMatchObject({ code: 'storage_unavailable' });
  database.close();
  const began = performance.now();
  await pool.end();
  expect(performance.now() - began).toBeLessThan(500);
});

describe('writes', () => {
  it('leave two connections to reads', async () => {
    const { pool, database } = open(url, 5000);
    const writes = Promise.allSettled(times(SIZE).map(() => database.query(writeFor(0.4), [])));
    await expect.poll(sleeping).toBe(SIZE - 2);
    expect(await Promise.all([database.query(quick, []), database.query(quick, [])])).toEqual([[1], [1]]);
    expect(pool.waitingCount).toBe(0);
    expect((await writes).map(({ status }) => status)).toEqual(times(SIZE).map(() => 'fulfilled'));
  });

  it('that wait for longer than a second are refused, and are known not to have been done', async () => {
    const { database } = open();
    await admin.query('CREATE TABLE IF NOT EXISTS held (one int)');
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE held');
    const insert = writeStatement('insert_held', 'INSERT INTO held VALUES (1)', nothing);
    const outcomes = await Promise.allSettled(times(SIZE * 3).map(() => database.query(insert, [])));
    await holder.query('ROLLBACK');
    await holder.end();
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'storage_unavailable' } });
    }
    const known = outcomes.filter(outcome => outcome.status === 'rejected' && !outcome.reason.isOutcomeUnknown);
    expect(known.length).toBeGreaterThan(0);
    expect(await database.query(insert, [])).toEqual([]);
  });
});
