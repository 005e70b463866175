import type { Pool } from 'pg';
import type { Storage, StorageConnector } from '../../../application/ports/driven/storage.js';
import type { StorageArchive, StorageImport } from '../../../application/ports/driven/storage-archive.js';
import { beginCopy } from './copying.js';
import { Database } from './database.js';
import type { Listen } from './listen.js';
import { migrate } from './migrate.js';
import { PostgresArchive, PostgresImport } from './postgres-archive.js';
import { PostgresCardRepository } from './postgres-card-repository.js';
import { PostgresIdempotencyRecords } from './postgres-idempotency-records.js';
import { PostgresSessionRepository } from './postgres-session-repository.js';
import { PostgresSignals } from './postgres-signals.js';
import { PostgresTradeLog } from './postgres-trade-log.js';
import { PostgresUserRepository } from './postgres-user-repository.js';
import type { Schema } from './schema.js';
import { prepareForCopy, prepareSchema, refuseUnreadable, schemaHealth, unreachable } from './schema-health.js';

export interface PostgresConnection {
  readonly pool: Pool;
  readonly listen: Listen;
  close(): Promise<void>;
}

export interface PostgresSource {
  readonly description: string;
  readonly schema: Schema;
  /** `patient`: for work on the whole of a store, where an answer may take longer than a request ever should. */
  connect(options: { readonly patient: boolean }): Promise<PostgresConnection>;
}

/** Everything behind the pool, whatever the pool is one of: a server's connections or an embedded database. */
export function postgresConnector({ description, schema, connect }: PostgresSource): StorageConnector {
  const request = () => connect({ patient: false });
  const copying = () => connect({ patient: true });
  return {
    description,
    open: () => opened(request, (database, connection) => openStorage(database, schema, connection)),
    migrate: () => connected(request, database => migrate(database, schema)),
    inspect: () => connected(request, database => schemaHealth(database, schema)).catch(unreachable),
    openArchive: () =>
      opened(copying, async (database, { close }): Promise<StorageArchive> => {
        await refuseUnreadable(database, schema);
        return new PostgresArchive(database, schema, close);
      }),
    beginImport: () =>
      opened(copying, async (database, { close }): Promise<StorageImport> => {
        await prepareForCopy(database, schema);
        return new PostgresImport(database, schema, close, await beginCopy(database, schema));
      }),
  };
}

async function connected<Result>(
  connect: () => Promise<PostgresConnection>,
  work: (database: Database) => Promise<Result>,
): Promise<Result> {
  const { pool, close } = listened(await connect());
  try {
    return await work(new Database(pool));
  } finally {
    await close();
  }
}

/** What `open` makes of the connection, which it then has to close; where it fails that is done here. */
async function opened<Result>(
  connect: () => Promise<PostgresConnection>,
  open: (database: Database, connection: PostgresConnection) => Promise<Result>,
): Promise<Result> {
  const connection = listened(await connect());
  try {
    return await open(new Database(connection.pool), connection);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function openStorage(database: Database, schema: Schema, connection: PostgresConnection): Promise<Storage> {
  await prepareSchema(database, schema);
  const signals = new PostgresSignals(connection.listen, schema);
  const idempotency = new PostgresIdempotencyRecords(database, schema);
  return {
    users: new PostgresUserRepository(database, schema),
    sessions: new PostgresSessionRepository(database, schema),
    idempotency,
    signals,
    cards: new PostgresCardRepository(database, schema, idempotency),
    trades: new PostgresTradeLog(database, schema, idempotency),
    check: () => schemaHealth(database, schema),
    close: async () => {
      signals.close();
      await connection.close();
    },
  };
}

/** An idle connection that breaks is reported on the pool; nobody listening would end the process. */
function listened({ pool, listen, close }: PostgresConnection): PostgresConnection {
  const ignore = (): void => undefined;
  pool.on('error', ignore);
  return {
    pool,
    listen,
    close: async () => {
      pool.off('error', ignore);
      await close();
    },
  };
}
