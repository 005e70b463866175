import type { PoolClient } from 'pg';
import type { MigrationReport } from '../../../application/ports/driven/storage.js';
import type { SchemaState } from '../../../application/storage-kit/index.js';
import { SchemaPolicy, schemaStateOf } from '../../../application/storage-kit/index.js';
import type { Database } from './database.js';
import { core } from './migrations/0001-core.js';
import { sessionCap } from './migrations/0002-session-cap.js';
import { attempts } from './migrations/0003-attempts.js';
import type { Schema } from './schema.js';
import { statement } from './statement.js';
import { refuseUnwritable } from './writability.js';

interface Migration {
  readonly name: string;
  sql(schema: string): string;
}

/** In the order they are applied. A released migration is never changed; new ones are appended. */
const MIGRATIONS: readonly Migration[] = [core, sessionCap, attempts];

/**
 * A row of `migrations` whose name begins so marks an unfinished copy into the store. It is kept there because every
 * start reads that table anyway. Each copy has a mark of its own, so that an overtaken copy does not mistake the later
 * one's mark for its own.
 */
export const COPY_MARK_PREFIX = 'unfinished-copy-';

export const schemaPolicy = (database: Database, schema: Schema): SchemaPolicy =>
  new SchemaPolicy({
    name: `schema ${schema.name}`,
    absence: `the database has no schema ${schema.name}`,
    checkDeployment: () => refuseUnwritable(database, schema),
    state: () => readState(database, schema),
    migrate: () => migrate(database, schema),
    clock: () => readClock(database, schema),
  });

async function readClock(database: Database, schema: Schema): Promise<number> {
  const read = statement(
    schema.statementName('clock'),
    "SELECT (date_part('epoch', clock_timestamp()) * 1000)::float8",
    ([milliseconds]: readonly [number]) => milliseconds,
  );
  return (await database.queryOne(read, [])) ?? Date.now();
}

const tableOf = (schema: Schema): string => `${schema.name}.migrations`;

const stateOf = (names: readonly string[], tables: readonly string[] = []): SchemaState =>
  schemaStateOf(names, MIGRATIONS, name => name.startsWith(COPY_MARK_PREFIX), tables);

/** `hasRecord`: whether a table `migrations` has the column that Tradepost's has. */
interface Catalogue {
  readonly hasRecord: boolean;
  readonly tables: readonly string[];
}

/** Reads the catalogue first, so that an empty database is no error, nor one with tables of another product. */
async function readState(database: Database, schema: Schema): Promise<SchemaState> {
  const catalogue = statement(
    schema.statementName('catalogue'),
    `SELECT
      count(*) FILTER (WHERE relname = 'migrations' AND EXISTS (
        SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'name' AND NOT attisdropped
      )) > 0,
      string_agg(relname::text, ',' ORDER BY relname)
    FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1)`,
    ([hasRecord, tables]: readonly [boolean, string | null]): Catalogue => ({
      hasRecord,
      tables: tables?.split(',') ?? [],
    }),
  );
  const names = statement(
    schema.statementName('migrations_applied'),
    `SELECT name FROM ${tableOf(schema)} ORDER BY name`,
    ([name]: readonly [string]) => name,
  );
  const found = await database.queryOne(catalogue, [schema.name]);
  const applied = found?.hasRecord ? await database.query(names, []) : [];
  const tables = found?.tables.filter(name => name !== 'migrations' || !found.hasRecord) ?? [];
  return stateOf(applied, tables);
}

/**
 * Applies the pending migrations in one transaction. PostgreSQL's DDL is transactional, so a migration that fails leaves
 * nothing behind. Under a lock, so that one process works and the others wait for it.
 */
const migrate = (database: Database, schema: Schema): Promise<MigrationReport> =>
  database.transaction(async client => {
    await run(client, "SET LOCAL statement_timeout = '10min'");
    await lockMigrations(client, schema);
    // CREATE … IF NOT EXISTS needs the privilege to create even where there is nothing to do.
    if (!(await isPresent(client, 'schema', schema.name))) await run(client, `CREATE SCHEMA ${schema.name}`);
    if (!(await isPresent(client, 'table', tableOf(schema)))) {
      await run(client, `CREATE TABLE ${tableOf(schema)} (name text PRIMARY KEY, applied_at timestamptz NOT NULL)`);
    }
    const { rows } = await client.query<{ name: string }>(`SELECT name FROM ${tableOf(schema)}`);
    const { pending } = stateOf(rows.map(({ name }) => name));
    for (const { name, sql } of MIGRATIONS.filter(migration => pending.includes(migration.name))) {
      await run(client, sql(schema.name));
      await client.query(`INSERT INTO ${tableOf(schema)} VALUES ($1, now())`, [name]);
    }
    return { applied: pending, current: MIGRATIONS.at(-1)?.name ?? null };
  });

/** Keeps other processes from migrating and from starting a copy until the transaction ends. */
export async function lockMigrations(client: PoolClient, schema: Schema): Promise<void> {
  await run(client, `SELECT pg_advisory_xact_lock(hashtextextended('${tableOf(schema)}', 0))`);
}

const MINUTES = 60_000;

/** Waiting for the lock and building an index may take longer than a request ever should. */
const run = (client: PoolClient, text: string) =>
  client.query({ text, query_timeout: 11 * MINUTES } as { text: string });

// Tables of the catalogue and not to_regnamespace or to_regclass: after the wait for the lock those may still return what
// this connection found before it.
const PRESENT = {
  schema: 'SELECT FROM pg_namespace WHERE nspname = $1',
  table: "SELECT FROM pg_tables WHERE schemaname || '.' || tablename = $1",
} as const;

async function isPresent(client: PoolClient, kind: keyof typeof PRESENT, name: string): Promise<boolean> {
  const { rows } = await client.query(PRESENT[kind], [name]);
  return rows.length > 0;
}
