import { existsSync } from 'node:fs';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { sortAll } from '../../src/testing/storage-conformance/archive-fixtures.js';
import { run, serveInProcess } from '../support/servers/processes.js';
import { connectorAt, fillAt, heldAt, liveRows } from '../support/stores/copying.js';
import { describeMongo } from '../support/stores/mongo-database.js';
import { temporaryStores } from '../support/stores/temporary-stores.js';

const stores = temporaryStores();
const ROWS = liveRows(30);
const copy = (from: string, to: string) => run(['copy'], { COPY_FROM_URL: from, COPY_TO_URL: to });

async function filled(): Promise<string> {
  const url = await stores.postgres();
  await fillAt(url, ROWS);
  return url;
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query(sql);
  await client.end();
  return rows;
}

const tables = (url: string) => query(url, "SELECT FROM pg_tables WHERE schemaname = 'tradepost'");

describe('tradepost copy', () => {
  it('copies, reports the progress in few lines, and leaves a store that can be opened', async () => {
    const [from, to] = [await filled(), await stores.postgres()];
    const { status, stdout, stderr } = await copy(from, to);
    expect({ status, stdout }).toEqual({
      status: 0,
      stdout: expect.stringMatching(
        /^postgres \S+ now holds what postgres \S+ does: 30 users, 30 cards, \d+ trade log/,
      ),
    });
    expect(stderr.trim().split('\n')).toHaveLength(10);
    expect(stderr).toMatch(/^copied users: 30\ncopied cards: 30\n.*checked sessions\n.*checked users\n$/s);
    expect(await heldAt(to)).toEqual(sortAll(ROWS));
    expect(await run(['doctor'], { DATABASE_URL: to })).toMatchObject({ status: 0 });
  });

  it('refuses a target that holds anything, and changes nothing', async () => {
    const [from, to] = [await filled(), await filled()];
    const before = await heldAt(to);
    const { status, stderr } = await copy(from, to);
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringMatching(
        /^tradepost: --to \(postgres \S+\): The store already holds users, cards, trade log/,
      ),
    });
    expect(await heldAt(to)).toEqual(before);
    expect(await run(['doctor'], { DATABASE_URL: to })).toMatchObject({ status: 0 });
  });

  it('refuses one store under two names, because it holds something', async () => {
    const from = await filled();
    const { status, stderr } = await copy(from, from.replace('127.0.0.1', 'localhost'));
    expect({ status, stderr }).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/--to .*already holds users/),
    });
    expect(await heldAt(from)).toEqual(sortAll(ROWS));
  });

  it('refuses a missing source, and creates neither it nor the target', async () => {
    const [empty, missing, target] = [await stores.postgres(), stores.embedded(), stores.embedded()];
    expect(await copy(empty, target)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /--from \(postgres .*There is nothing to copy: the database has no schema tradepost\./,
      ),
    });
    expect(await copy(missing, target)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/--from \(embedded .*There is nothing to copy: there is no database in /),
    });
    expect(await tables(empty)).toEqual([]);
    for (const url of [missing, target]) expect(existsSync(url.slice('file:'.length))).toBe(false);
  });

  it('refuses a source and a target with an older schema, and says which and what to do', async () => {
    const [older, good, target] = [await stores.postgres(), await filled(), await stores.postgres()];
    await query(
      older,
      'CREATE SCHEMA tradepost; CREATE TABLE tradepost.migrations (name text PRIMARY KEY, applied_at timestamptz)',
    );
    await query(older, "INSERT INTO tradepost.migrations VALUES ('0000-before-all', now())");
    const lacks =
      'The database lacks the migrations 0001-core, 0002-session-cap, 0003-attempts. Run `tradepost migrate`';
    for (const [option, from, to] of [['--from', older, target] as const, ['--to', good, older] as const]) {
      const { status, stderr } = await copy(from, to);
      expect(status).toBe(1);
      expect(stderr).toContain(`tradepost: ${option} (postgres `);
      expect(stderr).toContain(lacks);
    }
    expect(await tables(target)).toEqual([]);
  });

  it('refuses an embedded database that a server holds, and names the process', async () => {
    const [held, target] = [stores.embedded(), await stores.postgres()];
    const server = await serveInProcess({ DATABASE_URL: held });
    for (const [option, from, to] of [['--from', held, target] as const, ['--to', await filled(), held] as const]) {
      const { status, stderr } = await copy(from, to);
      expect(status).toBe(1);
      expect(stderr).toMatch(
        new RegExp(`^tradepost: ${option} \\(embedded .*is in use by process ${server.child.pid} on `),
      );
    }
    expect(await server.stop('SIGTERM')).toBe(0);
  });

  it('refuses a source that is an unfinished copy', async () => {
    const half = await stores.postgres();
    const target = await (await connectorAt(half)).copying.beginImport();
    await target.write('users', ROWS.users);
    await target.close();
    const { status, stderr } = await copy(half, await stores.postgres());
    expect({ status, stderr }).toMatchObject({ status: 1, stderr: expect.stringMatching(/--from .*has not finished/) });
  });

  it('says which store does not answer, and shows no password', async () => {
    const { status, stdout, stderr } = await copy(await filled(), 'postgres://ann:hunter2@127.0.0.1:1/none');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^tradepost: --to \(postgres 127\.0\.0\.1:1\/none\): .*ECONNREFUSED/);
    expect(stdout + stderr).not.toContain('hunter2');
  });

  it('mentions the secret that signs cookies, where it is kept beside an embedded database', async () => {
    const from = stores.embedded();
    const server = await serveInProcess({ DATABASE_URL: from });
    expect(await server.stop('SIGTERM')).toBe(0);
    const { status, stdout, stderr } = await copy(from, await stores.postgres());
    expect(status, stderr).toBe(0);
    expect(stdout).toContain(`${from.slice('file:'.length)}/session-secret`);
    expect(stdout).toContain('SESSION_SECRETS');
  });
});

describeMongo('tradepost copy with MongoDB', ({ url, client, database }) => {
  const at = (name: string) => url.replace(/^(mongodb:\/\/[^/?]+)\/?/, `$1/${name}`);

  it('refuses a missing source, and creates nothing', async () => {
    expect(await copy(at(database), stores.embedded())).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/--from \(mongodb .*There is nothing to copy: the database \S+ has no collections/),
    });
    expect(await client.db(database).listCollections().toArray()).toEqual([]);
  });

  it('refuses a target that holds anything', async () => {
    const to = stores.mongo();
    await fillAt(to, liveRows(3));
    expect(await copy(await filled(), to)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/--to \(mongodb .*The store already holds users, cards/),
    });
    expect((await heldAt(to)).users).toHaveLength(3);
  });

  it('refuses an older schema', async () => {
    const older = stores.mongo();
    const other = new MongoClient(older);
    const migrations = other.db().collection<{ _id: string; appliedAt: Date }>('tradepost.migrations');
    await migrations.insertOne({ _id: '0000-before-all', appliedAt: new Date() });
    await other.close();
    for (const [from, to] of [[older, await stores.postgres()] as const, [await filled(), older] as const]) {
      const { status, stderr } = await copy(from, to);
      expect({ status, stderr }).toMatchObject({
        status: 1,
        stderr: expect.stringContaining('lacks the migrations 0001'),
      });
    }
  });
});
