import type { Pool } from 'pg';
import type { CopyableConnector, Storage, StorageHealth } from '../../../application/ports/driven/storage.js';
import { openConnection, unhealthy, unusable, withConnection } from '../../../application/storage-kit/index.js';
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
import { TradeRecorder } from './trade-recorder.js';

export interface PostgresConnection {
  readonly pool: Pool;
  readonly listen: Listen;
  /** Publishes signals instead of NOTIFY. */
  readonly channel?: SignalChannel;
  /** Ends statements that were given up; null where none can be. */
  readonly abandoned: AbandonedConnections | null;
  readonly databaseOptions: DatabaseOptions;
  /** Whether other processes can have the database open. */
  readonly isShared: boolean;
  /** Throws a `StorageError` where the files of the database are gone. Left out where they are a server's. */
  checkFiles?(): Promise<void>;
  /** Returns what an operator should know of the way to the server. Left out where there is none. */
  warnings?(): Promise<string[]>;
  close(): Promise<void>;
}

export interface PostgresSource {
  readonly description: string;
  /** Receives the warnings of `inspect` when the store is opened. */
  readonly onWarning?: ((message: string) => void) | undefined;
  readonly schema: Schema;
  /** `isPatient`: for work on a whole store, where an answer may take minutes. */
  connect(options: { readonly isPatient: boolean }): Promise<PostgresConnection>;
}

/** Everything behind the pool, for a server and for the embedded database alike. */
export function postgresConnector({ description, schema, onWarning, connect }: PostgresSource): CopyableConnector {
  const request = async () => databaseOn(await connect({ isPatient: false }));
  const patient = async () => databaseOn(await connect({ isPatient: true }));
  return {
    description,
    open: () =>
      openConnection(request, async connection => {
        const storage = await openStorage(connection, schema);
        if (onWarning) for (const warning of await warningsOf(connection, schema)) onWarning(warning);
        return storage;
      }),
    migrate: () => withConnection(request, ({ database }) => schemaPolicy(database, schema).migrate()),
    inspect: () => withConnection(request, connection => inspectStorage(connection, schema)).catch(unusable),
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
  warnings?(): Promise<string[]>;
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

async function warningsOf(connection: OpenDatabase, schema: Schema): Promise<string[]> {
  return [...(await schemaPolicy(connection.database, schema).warnings()), ...((await connection.warnings?.()) ?? [])];
}

async function inspectStorage(connection: OpenDatabase, schema: Schema): Promise<StorageHealth> {
  const { warnings = [], ...health } = await schemaPolicy(connection.database, schema).health();
  if (!health.ok) return health;
  const all = [...warnings, ...((await connection.warnings?.()) ?? [])];
  return all.length === 0 ? health : { ...health, warnings: all };
}

async function openStorage({ close, ...connection }: OpenDatabase, schema: Schema): Promise<Storage> {
  const { database } = connection;
  const policy = schemaPolicy(database, schema);
  await policy.prepare();
  const signals = new PostgresSignals(connection, schema);
  const idempotency = new PostgresIdempotencyRecords(database, schema);
  const sessions = new PostgresSessionRepository(database, schema, signals);
  const recorder = new TradeRecorder(database, schema, idempotency, signals.entries);
  const trades = new PostgresTradeLog(database, schema, recorder);
  return {
    users: new PostgresUserRepository(database, schema),
    sessions,
    idempotency,
    attempts: new PostgresAttemptLimiter(database, schema),
    signals,
    cards: new PostgresCardRepository(database, schema, idempotency),
    trades,
    sessionTrades: new PostgresSessionTrades(database, schema, sessions, trades, recorder),
    check: async () => {
      try {
        await connection.checkFiles?.();
      } catch (error) {
        return unhealthy(error);
      }
      return policy.healthWhileOpen();
    },
    load: () => database.load(),
    close: async () => {
      await signals.close();
      await close();
    },
  };
}
