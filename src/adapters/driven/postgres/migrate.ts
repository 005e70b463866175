import type { PoolClient } from 'pg';
import type { MigrationReport } from '../../../application/ports/driven/storage.js';
import { isCopyMark } from './copy-mark.js';
import type { Database } from './database.js';
import { statement } from './database.js';
import { MIGRATIONS } from './migrations/index.js';
import type { Schema } from './schema.js';

export interface SchemaState {
  readonly applied: readonly string[];
  readonly pending: readonly string[];
  /** A copy into the store is under way or was broken off. */
  readonly isCopying: boolean;
}

const table = (schema: Schema): string => `${schema.name}.migrations`;

/** What was applied and what is missing; asks the catalogue first, so an empty database is no error. */
export async function schemaState(database: Database, schema: Schema): Promise<SchemaState> {
  const exists = statement(
    schema.statementName('migrations_exist'),
    'SELECT to_regclass($1) IS NOT NULL',
    ([found]: readonly [boolean]) => found,
  );
  const names = statement(
    schema.statementName('migrations_applied'),
    `SELECT name FROM ${table(schema)} ORDER BY name`,
    ([name]: readonly [string]) => name,
  );
  const found = await database.queryOne(exists, [table(schema)]);
  return stateOf(found ? await database.query(names, []) : []);
}

const stateOf = (names: readonly string[]): SchemaState => ({
  applied: names.filter(name => !isCopyMark(name)),
  pending: MIGRATIONS.map(({ name }) => name).filter(name => !names.includes(name)),
  isCopying: names.some(isCopyMark),
});

/**
 * Applies what is missing, all of it in one transaction: PostgreSQL's DDL takes part in transactions, so a migration
 * that fails leaves nothing behind. A lock held until the end lets one process work and the others wait for it.
 */
export const migrate = (database: Database, schema: Schema): Promise<MigrationReport> =>
  database.transaction(async client => {
    await run(client, "SET LOCAL statement_timeout = '10min'");
    await lockMigrations(client, schema);
    // CREATE … IF NOT EXISTS asks for the right to create even where there is nothing to do.
    if (!(await present(client, 'to_regnamespace', schema.name))) await run(client, `CREATE SCHEMA ${schema.name}`);
    if (!(await present(client, 'to_regclass', table(schema)))) {
      await run(client, `CREATE TABLE ${table(schema)} (name text PRIMARY KEY, applied_at timestamptz NOT NULL)`);
    }
    const { rows } = await client.query<{ name: string }>(`SELECT name FROM ${table(schema)}`);
    const { pending } = stateOf(rows.map(({ name }) => name));
    for (const { name, sql } of MIGRATIONS.filter(migration => pending.includes(migration.name))) {
      await run(client, sql(schema.name));
      await client.query(`INSERT INTO ${table(schema)} VALUES ($1, now())`, [name]);
    }
    return { applied: pending, current: MIGRATIONS.at(-1)?.name ?? null };
  });

/** Until the transaction ends nobody else migrates, or begins a copy. */
export async function lockMigrations(client: PoolClient, schema: Schema): Promise<void> {
  await run(client, `SELECT pg_advisory_xact_lock(hashtextextended('${table(schema)}', 0))`);
}

const MINUTES = 60_000;

/** Waiting for the lock and building an index may take longer than a request ever should. */
const run = (client: PoolClient, text: string) =>
  client.query({ text, query_timeout: 11 * MINUTES } as { text: string });

async function present(client: PoolClient, lookup: 'to_regclass' | 'to_regnamespace', name: string): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(`SELECT ${lookup}($1) IS NOT NULL AS found`, [name]);
  return rows[0]?.found === true;
}
