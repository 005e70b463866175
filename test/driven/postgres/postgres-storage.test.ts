import pg from 'pg';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { postgres } from '../../../src/adapters/driven/postgres/index.js';
import { parseTimestamptz } from '../../../src/adapters/driven/postgres/types.js';
import {
  addSession,
  addUser,
  boundsAt,
  capOf,
  NOW,
  newUser,
} from '../../../src/testing/storage-conformance/fixtures.js';

const url = inject('postgresUrl');
const pool = new pg.Pool({ connectionString: url, max: 3 });
afterAll(() => pool.end());

const MIGRATIONS = ['0001-core', '0002-session-cap', '0003-attempts'];

const tables = async (schema: string): Promise<string[]> => {
  const { rows } = await pool.query<{ tablename: string }>('SELECT tablename FROM pg_tables WHERE schemaname = $1', [
    schema,
  ]);
  return rows.map(({ tablename }) => tablename);
};

describe('opening a PostgreSQL database', () => {
  it('creates the tables of an empty one in a separate schema, also when many start at once', async () => {
    const connectors = Array.from({ length: 5 }, () => postgres({ url, schema: 'first_start', poolSize: 2 }));
    const storages = await Promise.all(connectors.map(connector => connector.open()));
    for (const storage of storages) {
      expect(await storage.check()).toMatchObject({ ok: true });
      await storage.close();
    }
    expect(await tables('first_start')).toEqual(
      expect.arrayContaining(['users', 'sessions', 'cards', 'trade_entries']),
    );
    const { rows } = await pool.query('SELECT name FROM first_start.migrations');
    expect(rows).toEqual(MIGRATIONS.map(name => ({ name })));
  });

  it('refuses one with an older schema, and says what to do', async () => {
    const connector = postgres({ pool, schema: 'older' });
    await pool.query(
      'CREATE SCHEMA older; CREATE TABLE older.migrations (name text PRIMARY KEY, applied_at timestamptz)',
    );
    await pool.query("INSERT INTO older.migrations VALUES ('0000-before-all', now())");
    await expect(connector.open()).rejects.toMatchObject({ code: 'schema_outdated', pending: MIGRATIONS });
    await expect(connector.open()).rejects.toThrow(
      `lacks the migrations ${MIGRATIONS.join(', ')}. Run \`tradepost migrate\``,
    );
    expect(await connector.inspect()).toEqual({ ok: false, detail: expect.stringContaining('tradepost migrate') });
    expect(await connector.migrate()).toEqual({ applied: MIGRATIONS, current: MIGRATIONS.at(-1) });
    expect(await connector.migrate()).toEqual({ applied: [], current: MIGRATIONS.at(-1) });
    const storage = await connector.open();
    expect(await storage.check()).toMatchObject({ ok: true });
    await storage.close();
  });

  it('adds the newer migrations to one that has data', async () => {
    const connector = postgres({ pool, schema: 'upgraded' });
    const before = await connector.open();
    const user = await addUser(before);
    const { digest } = await addSession(before, user);
    await before.close();
    // As the version with the first migration alone left it.
    await pool.query(`DELETE FROM upgraded.migrations WHERE name <> '0001-core';
      DROP FUNCTION upgraded.add_session; DROP TABLE upgraded.attempts`);
    await expect(connector.open()).rejects.toMatchObject({ pending: MIGRATIONS.slice(1) });
    expect(await connector.migrate()).toMatchObject({ applied: MIGRATIONS.slice(1) });
    const after = await connector.open();
    expect(await after.sessions.use(digest, boundsAt(1), NOW)).toMatchObject({ user });
    await addSession(after, user, {}, capOf(1));
    expect(await after.sessions.use(digest, boundsAt(1), NOW)).toBeNull();
    await after.close();
  });

  it('refuses one with a newer schema, which a server that has it open goes on serving', async () => {
    const connector = postgres({ pool, schema: 'newer' });
    const storage = await connector.open();
    await pool.query("INSERT INTO newer.migrations VALUES ('9999-later', now())");
    await expect(connector.open()).rejects.toMatchObject({ code: 'schema_newer', unknown: ['9999-later'] });
    await expect(connector.migrate()).rejects.toMatchObject({ code: 'schema_newer' });
    expect(await connector.inspect()).toEqual({ ok: false, detail: expect.stringContaining('9999-later') });
    expect(await storage.check()).toMatchObject({ ok: true });
    await storage.close();
  });

  it('rolls back a migration that fails', async () => {
    await pool.query('CREATE SCHEMA half; CREATE VIEW half.trade_entries AS SELECT 1');
    await expect(postgres({ pool, schema: 'half' }).migrate()).rejects.toThrow('already exists');
    expect(await tables('half')).toEqual([]);
  });

  it('refuses tables of another product, and one whose migrations were emptied, and leaves them as they are', async () => {
    await pool.query(
      'CREATE SCHEMA others; CREATE TABLE others.users (id int); CREATE TABLE others.migrations (id int)',
    );
    const others = postgres({ pool, schema: 'others' });
    for (const start of [others.open, others.migrate, others.copying.beginImport]) {
      await expect(start()).rejects.toMatchObject({ code: 'schema_foreign', found: ['migrations', 'users'] });
    }
    expect((await tables('others')).sort()).toEqual(['migrations', 'users']);

    await (await postgres({ pool, schema: 'emptied' }).open()).close();
    await pool.query('TRUNCATE emptied.migrations');
    await expect(postgres({ pool, schema: 'emptied' }).open()).rejects.toThrow('restore the record from a backup');
  });

  it('inspects without changing anything', async () => {
    const connector = postgres({ pool, schema: 'untouched' });
    expect(await connector.inspect()).toMatchObject({
      ok: true,
      detail: expect.stringContaining('no schema untouched yet'),
    });
    expect(await tables('untouched')).toEqual([]);
  });

  it('keeps schemas apart on one pool', async () => {
    const [one, two] = [await postgres({ pool, schema: 'one' }).open(), await postgres({ pool, schema: 'two' }).open()];
    const user = await addUser(one);
    expect(await two.users.findAccount({ id: user.id })).toBeNull();
    expect(await addUser(two, newUser({ email: user.email }))).toMatchObject({ email: user.email });
    await one.close();
    await two.close();
  });

  it("leaves the caller's pool open, with as many listeners as before", async () => {
    const listeners = pool.listenerCount('error');
    const storage = await postgres({ pool, schema: 'own_pool' }).open();
    await storage.close();
    expect(pool.listenerCount('error')).toBe(listeners);
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it.each(['', 'Upper', 'a b', '1st', 'x"; DROP TABLE users; --', 'x'.repeat(31)])(
    'refuses the schema name %j',
    schema => {
      expect(() => postgres({ pool, schema })).toThrow('schema:');
    },
  );

  it('requires either a url or a pool, and never shows the password', () => {
    expect(() => postgres({})).toThrow('either `url` or `pool`');
    expect(() => postgres({ url, pool })).toThrow('either `url` or `pool`');
    expect(postgres({ url: 'postgres://user:secret@db.example:5432/app' }).description).toBe(
      'postgres db.example:5432/app',
    );
  });
});

describe('times', () => {
  it.each([
    ['2026-01-31 12:00:00+00', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31 12:00:00.1+00', '2026-01-31T12:00:00.100Z'],
    ['2026-01-31 12:00:00.123+00', '2026-01-31T12:00:00.123Z'],
    ['2026-01-31 12:00:00.123456+00', '2026-01-31T12:00:00.123Z'],
    ['2026-01-31 17:45:00.12+05:45', '2026-01-31T12:00:00.120Z'],
  ])('%s is %s', (text, expected) => expect(parseTimestamptz(text)).toBe(expected));

  it('are read correctly where the pool has another time zone', async () => {
    const nepal = new pg.Pool({ connectionString: url, options: '-c TimeZone=Asia/Kathmandu' });
    const storage = await postgres({ pool: nepal, schema: 'nepal' }).open();
    const user = await addUser(storage);
    expect((await storage.users.findAccount({ id: user.id }))?.user).toEqual(user);
    await storage.close();
    await nepal.end();
  });
});
