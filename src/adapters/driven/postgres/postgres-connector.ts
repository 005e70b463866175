import type { Pool } from 'pg';
import type { CopyableConnector, Storage } from '../../../application/ports/driven/storage.js';
import { openConnection, unhealthy, withConnection } from '../../../application/storage-kit/index.js';
import type { AbandonedConnections } from './abandoned-connections.js';
import type { Listen } from './connections.js';
import type { DatabaseOptions } from './database.js';
import { Database } from './database.js';
import { schemaPolicy } from './migrate.js';
import { beginCopy, PostgresArchive, PostgresImport } from './postgres-archive.js';
import { PostgresAttemptLimiter } from './postgres-attempt-limiter.js';
import { PostgresCardRepository } from './postgres-card-repository.js';
import { PostgresIdempotencyRecords } from './postgres-idempotency-records.js';
import { PostgresSessionRepository } from './postgres-session-repository.js';
import { PostgresSessionTrades } from './postgres-session-trades.js';
import type { SignalsConnection } from './postgres-signals.js';
import { PostgresSignals } from './postgres-signals.js';
import { PostgresTradeLog } from './postgres-trade-log.js';
import { PostgresUserRepository } from './postgres-user-repository.js';
import type { SignalChannel } from './redis-channel.js';
import type { Schema } from './schema.js';

export interface PostgresConnection {
  readonly pool: Pool;
  readonly listen: Listen;
  /** Publishes signals in place of NOTIFY. */
  readonly channel?: SignalChannel;
  /** Ends statements that were given up; null where none can be. */
  readonly abandoned: AbandonedConnections | null;
  readonly databaseOptions: DatabaseOptions;
  /** Whether other processes can have the database open. */
  readonly isShared: boolean;
  /** Throws a `StorageError` where the files of the database are gone. Left out where they are a server's. */
  checkFiles?(): Promise<void>;
  close(): Promise<void>;
}

export interface PostgresSource {
  readonly description: string;
  readonly schema: Schema;
  /** `isPatient`: for work on a whole store, where an answer may take minutes. */
  connect(options: { readonly isPatient: boolean }): Promise<PostgresConnection>;
}

/** Everything behind the pool, for a server and for the embedded database alike. */
export function postgresConnector({ description, schema, connect }: PostgresSource): CopyableConnector {
  const request = async () => databaseOn(await connect({ isPatient: false }));
  const patient = async () => databaseOn(await connect({ isPatient: true }));
  return {
    description,
    open: () => openConnection(request, connection => openStorage(connection, schema)),
    migrate: () => withConnection(request, ({ database }) => schemaPolicy(database, schema).migrate()),
    inspect: () => withConnection(request, ({ database }) => schemaPolicy(database, schema).health()).catch(unhealthy),
    copying: {
      openArchive: () =>
        openConnection(patient, async ({ database, close }) => {
          await schemaPolicy(database, schema).refuseUnreadable();
          return new PostgresArchive(database, schema, close);
        }),
      beginImport: () =>
        openConnection(patient, async ({ database, close }) => {
          await schemaPolicy(database, schema).prepareForCopy();
          return new PostgresImport(database, schema, close, await beginCopy(database, schema));
        }),
    },
  };
}

interface OpenDatabase extends SignalsConnection {
  checkFiles?(): Promise<void>;
  close(): Promise<void>;
}

/** Also listens for `error` on the pool: without a listener, an idle connection that breaks would end the process. */
function databaseOn({ pool, abandoned, databaseOptions, close, ...connection }: PostgresConnection): OpenDatabase {
  const ignore = (): void => undefined;
  pool.on('error', ignore);
  const database = new Database(pool, abandoned, databaseOptions);
  return {
    ...connection,
    database,
    close: async () => {
      pool.off('error', ignore);
      database.close();
      await close();
    },
  };
}

async function openStorage({ close, ...connection }: OpenDatabase, schema: Schema): Promise<Storage> {
  const { database } = connection;
  const policy = schemaPolicy(database, schema);
  await policy.prepare();
  const signals = new PostgresSignals(connection, schema);
  const idempotency = new PostgresIdempotencyRecords(database, schema);
  return {
    users: new PostgresUserRepository(database, schema),
    sessions: new PostgresSessionRepository(database, schema, signals),
    idempotency,
    attempts: new PostgresAttemptLimiter(database, schema),
    signals,
    cards: new PostgresCardRepository(database, schema, idempotency),
    trades: new PostgresTradeLog(database, schema, idempotency, signals.entries),
    sessionTrades: new PostgresSessionTrades(database, schema),
    check: async () => {
      try {
        await connection.checkFiles?.();
      } catch (error) {
        return unhealthy(error);
      }
      return policy.healthWhileOpen();
    },
    close: async () => {
      await signals.close();
      await close();
    },
  };
}
