import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { startPostgres } from '../../test/setup/postgres-server.js';
import { type CpuClock, postgresCpu } from '../cpu.js';

/** Creates databases on a server, and drops them. */
export interface Databases {
  /** Creates an empty database, or a copy of `template`, and returns its URL. */
  createDatabase(template?: string): Promise<string>;
  dropDatabases(): Promise<void>;
}

export interface Postgres extends Databases {
  readonly url: string;
  /** `TEST_POSTGRES_URL`, a container or npm's binaries. */
  readonly source: string;
  /** The version, and the settings that decide what a commit costs. */
  readonly settings: Readonly<Record<string, string>>;
  readonly cpu: CpuClock;
  stop(): Promise<void>;
}

/** Starts the PostgreSQL server that the tests use; `extra` are further settings, such as `fsync=on`. */
export async function startBenchPostgres(extra: readonly string[] = []): Promise<Postgres> {
  const { url, source, stop } = await startPostgres(extra);
  return { url, source, stop, settings: await readSettings(url), cpu: await postgresCpu(url), ...databasesOn(url) };
}

export function databasesOn(url: string): Databases {
  const made: string[] = [];
  return {
    createDatabase: async template => {
      const name = `bench_${randomBytes(5).toString('hex')}`;
      await execute(url, `CREATE DATABASE ${name}${template ? ` TEMPLATE ${databaseOf(template)}` : ''}`);
      made.push(name);
      const own = new URL(url);
      own.pathname = `/${name}`;
      return own.href;
    },
    dropDatabases: async () => {
      for (const name of made.splice(0)) await execute(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

/** Runs statements on a connection of its own. */
export async function execute(url: string, ...statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

const databaseOf = (url: string): string => new URL(url).pathname.slice(1);

const SETTINGS = ['server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers'];

async function readSettings(url: string): Promise<Record<string, string>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const text = 'SELECT name, current_setting(name) AS value FROM unnest($1::text[]) AS name';
    const { rows } = await client.query<{ name: string; value: string }>(text, [SETTINGS]);
    return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  } finally {
    await client.end();
  }
}
