import type { Pool } from 'pg';
import pg from 'pg';
import type { Storage, StorageConnector, StorageHealth } from '../../../application/ports/driven/storage.js';
import { Database } from './database.js';
import type { Listen } from './listen.js';
import { listenWith } from './listen.js';
import type { SchemaState } from './migrate.js';
import { migrate, schemaState } from './migrate.js';
import { createPool } from './pool.js';
import { PostgresCardRepository } from './postgres-card-repository.js';
import { PostgresIdempotencyRecords } from './postgres-idempotency-records.js';
import { PostgresSessionRepository } from './postgres-session-repository.js';
import { PostgresSignals } from './postgres-signals.js';
import { PostgresTradeLog } from './postgres-trade-log.js';
import { PostgresUserRepository } from './postgres-user-repository.js';
import type { Schema } from './schema.js';
import { DEFAULT_SCHEMA, schemaNamed } from './schema.js';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`; Tradepost opens and closes a pool of its own. */
  readonly url?: string;
  /** Or a pool of the caller's, which is never closed here. Set time-outs on it: `query_timeout` above all. */
  readonly pool?: Pool;
  /** Connections of Tradepost's own pool at most; 10 if left out. */
  readonly poolSize?: number;
  /** The PostgreSQL schema with Tradepost's tables; `tradepost` if left out. */
  readonly schema?: string;
}

/** Tradepost in a PostgreSQL database, version 13 or later. */
export function postgres(options: PostgresOptions): StorageConnector {
  const { url, pool, poolSize } = options;
  if ((url === undefined) === (pool === undefined)) {
    throw new TypeError('postgres({ … }): give either `url` or `pool`, and not both');
  }
  const schema = schemaNamed(options.schema ?? DEFAULT_SCHEMA);
  return postgresConnector({
    description: url === undefined ? 'postgres (own pool)' : `postgres ${placeOf(url)}`,
    schema,
    connect: async () =>
      pool === undefined
        ? ownPool(createPool(url ?? '', poolSize === undefined ? {} : { size: poolSize }))
        : { pool, listen: listenOf(pool), close: async () => undefined },
  });
}

export interface PostgresConnection {
  readonly pool: Pool;
  readonly listen: Listen;
  close(): Promise<void>;
}

export interface PostgresSource {
  readonly description: string;
  readonly schema: Schema;
  connect(): Promise<PostgresConnection>;
}

/** Everything behind the pool, whatever the pool is one of: a server's connections or an embedded database. */
export const postgresConnector = ({ description, schema, connect }: PostgresSource): StorageConnector => ({
  description,
  open: async () => {
    const connection = await connect();
    try {
      return await openStorage(connection, schema);
    } catch (error) {
      await connection.close();
      throw error;
    }
  },
  migrate: () => connected(connect, database => migrate(database, schema)),
  inspect: () => connected(connect, database => inspect(database, schema)).catch(unreachable),
});

async function connected<Result>(
  connect: PostgresSource['connect'],
  work: (database: Database) => Promise<Result>,
): Promise<Result> {
  const connection = await connect();
  const stopListening = listenForErrors(connection.pool);
  try {
    return await work(new Database(connection.pool));
  } finally {
    stopListening();
    await connection.close();
  }
}

async function openStorage(connection: PostgresConnection, schema: Schema): Promise<Storage> {
  const stopListening = listenForErrors(connection.pool);
  const database = new Database(connection.pool);
  try {
    await prepareSchema(database, schema);
  } catch (error) {
    stopListening();
    throw error;
  }
  const signals = new PostgresSignals(connection.listen, schema);
  const idempotency = new PostgresIdempotencyRecords(database, schema);
  return {
    users: new PostgresUserRepository(database, schema),
    sessions: new PostgresSessionRepository(database, schema),
    idempotency,
    signals,
    cards: new PostgresCardRepository(database, schema, idempotency),
    trades: new PostgresTradeLog(database, schema, idempotency),
    check: () => check(database, schema),
    close: async () => {
      signals.close();
      stopListening();
      await connection.close();
    },
  };
}

/**
 * A database without our schema gets it, so that a first start needs no second command. One that has an older schema is
 * left alone: when to change the tables of a database in use is for its operator to say.
 */
async function prepareSchema(database: Database, schema: Schema): Promise<void> {
  const state = await schemaState(database, schema);
  if (state.applied.length === 0) await migrate(database, schema);
  else if (state.pending.length > 0) throw new Error(pendingText(state));
}

const pendingText = ({ pending }: SchemaState): string =>
  `The database lacks the migrations ${pending.join(', ')}. Run \`tradepost migrate\` to apply them.`;

const check = (database: Database, schema: Schema): Promise<StorageHealth> =>
  inspect(database, schema).catch(unreachable);

async function inspect(database: Database, schema: Schema): Promise<StorageHealth> {
  const state = await schemaState(database, schema);
  if (state.applied.length === 0) {
    return { ok: true, detail: `no schema ${schema.name} yet; the first start, or \`tradepost migrate\`, makes it` };
  }
  return state.pending.length === 0
    ? { ok: true, detail: `schema ${schema.name} is up to date (${state.applied.at(-1)})` }
    : { ok: false, detail: pendingText(state) };
}

const unreachable = (error: unknown): StorageHealth => ({ ok: false, detail: reasonOf(error) });

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join(', ');
  return cause instanceof Error ? cause.message : String(cause);
}

/** An idle connection that breaks is reported on the pool; nobody listening would end the process. */
function listenForErrors(pool: Pool): () => void {
  const ignore = (): void => undefined;
  pool.on('error', ignore);
  return () => pool.off('error', ignore);
}

const ownPool = (pool: Pool): PostgresConnection => ({ pool, listen: listenOf(pool), close: () => pool.end() });

/** To where the pool connects, in the way it does. */
const listenOf = (pool: Pool): Listen => listenWith(() => new pg.Client(pool.options));

/** Where, and nothing else: neither user nor password. */
function placeOf(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${host}${pathname}`;
  } catch {
    throw new TypeError('postgres({ url }): the URL must look like postgres://user:password@host:5432/database');
  }
}
