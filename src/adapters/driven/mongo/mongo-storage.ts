import type { MongoClient } from 'mongodb';
import type { Storage, StorageConnector, StorageHealth } from '../../../application/ports/driven/storage.js';
import { changesOf } from './change-stream.js';
import { createClient } from './client.js';
import { Database, databaseOf } from './database.js';
import { deploymentProblem } from './deployment.js';
import type { SchemaState } from './migrate.js';
import { migrate, schemaState } from './migrate.js';
import { MongoCardRepository } from './mongo-card-repository.js';
import { MongoIdempotencyRecords } from './mongo-idempotency-records.js';
import { MongoSessionRepository } from './mongo-session-repository.js';
import { MongoSignals } from './mongo-signals.js';
import { MongoTradeLog } from './mongo-trade-log.js';
import { MongoUserRepository } from './mongo-user-repository.js';

export interface MongoOptions {
  /** `mongodb://user:password@host:port/database` or `mongodb+srv://…`; Tradepost opens and closes a client of its own. */
  readonly url?: string;
  /** Or a client of the caller's, which is never closed here. */
  readonly client?: MongoClient;
  /** Connections of Tradepost's own client at most; 10 if left out. */
  readonly poolSize?: number;
  /** The database with Tradepost's collections; if left out, the one the URL names, else `tradepost`. */
  readonly database?: string;
}

const DEFAULT_DATABASE = 'tradepost';

/** Tradepost in a MongoDB database, version 5.0 or later: a replica set (of one, if need be) or a sharded cluster. */
export function mongo(options: MongoOptions): StorageConnector {
  const { url, client, poolSize } = options;
  if ((url === undefined) === (client === undefined)) {
    throw new TypeError('mongo({ … }): give either `url` or `client`, and not both');
  }
  const place = url === undefined ? null : placeOf(url);
  const name = options.database ?? (place ? place.database : databaseNamedBy(client)) ?? DEFAULT_DATABASE;
  const connect = ({ patient }: { patient: boolean }): MongoConnection => {
    if (client) return { client, close: async () => undefined };
    const size = poolSize === undefined ? {} : { size: poolSize };
    return ownClient(createClient(url ?? '', { ...size, ...(patient && { answerWithin: 11 * MINUTES }) }));
  };
  return {
    description: place ? `mongodb ${place.hosts}/${name}` : `mongodb (own client)/${name}`,
    open: async () => {
      const connection = connect({ patient: false });
      try {
        return await openStorage(connection, name);
      } catch (error) {
        await connection.close();
        throw error;
      }
    },
    // Building an index may take longer than a request ever should.
    migrate: () => connected(connect({ patient: true }), name, checkedMigrate),
    inspect: () => connected(connect({ patient: false }), name, inspect).catch(unreachable),
  };
}

const MINUTES = 60_000;

interface MongoConnection {
  readonly client: MongoClient;
  close(): Promise<void>;
}

async function connected<Result>(
  { client, close }: MongoConnection,
  name: string,
  work: (database: Database) => Promise<Result>,
): Promise<Result> {
  try {
    return await work(new Database(client, databaseOf(client, name)));
  } finally {
    await close();
  }
}

async function openStorage({ client, close }: MongoConnection, name: string): Promise<Storage> {
  const database = new Database(client, databaseOf(client, name));
  await prepareSchema(database);
  const idempotency = new MongoIdempotencyRecords(database);
  const signals = new MongoSignals(() => changesOf(database.db));
  return {
    users: new MongoUserRepository(database),
    sessions: new MongoSessionRepository(database),
    idempotency,
    cards: new MongoCardRepository(database, idempotency),
    trades: new MongoTradeLog(database, idempotency),
    signals,
    check: () => check(database),
    close: () => {
      signals.close();
      return close();
    },
  };
}

/**
 * A database without our collections gets them, so that a first start needs no second command. One that has older ones
 * is left alone: when to change the collections of a database in use is for its operator to say.
 */
async function prepareSchema(database: Database): Promise<void> {
  await refuseUnfit(database);
  const state = await schemaState(database);
  if (state.applied.length === 0) await migrate(database);
  else if (state.pending.length > 0) throw new Error(pendingText(state));
}

async function checkedMigrate(database: Database) {
  await refuseUnfit(database);
  return migrate(database);
}

async function refuseUnfit(database: Database): Promise<void> {
  const problem = await database.command(deploymentProblem);
  if (problem !== null) throw new Error(problem);
}

const pendingText = ({ pending }: SchemaState): string =>
  `The database lacks the migrations ${pending.join(', ')}. Run \`tradepost migrate\` to apply them.`;

const check = (database: Database): Promise<StorageHealth> => inspect(database).catch(unreachable);

async function inspect(database: Database): Promise<StorageHealth> {
  const problem = await database.command(deploymentProblem);
  if (problem !== null) return { ok: false, detail: problem };
  const state = await schemaState(database);
  const { databaseName } = database.db;
  if (state.applied.length === 0) {
    return {
      ok: true,
      detail: `nothing in ${databaseName} yet; the first start, or \`tradepost migrate\`, sets it up`,
    };
  }
  return state.pending.length === 0
    ? { ok: true, detail: `database ${databaseName} is up to date (${state.applied.at(-1)})` }
    : { ok: false, detail: pendingText(state) };
}

const unreachable = (error: unknown): StorageHealth => ({ ok: false, detail: reasonOf(error) });

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}

const ownClient = (client: MongoClient): MongoConnection => ({ client, close: () => client.close() });

// Several hosts make an address that `URL` does not parse.
const ADDRESS = /^mongodb(?:\+srv)?:\/\/(?:[^@/?]*@)?(?<hosts>[^@/?]+)(?:\/(?<database>[^/?]*))?(?:\?.*)?$/;

/** Where, and nothing else: neither user nor password. */
function placeOf(url: string): { hosts: string; database: string | undefined } {
  const { hosts, database } = ADDRESS.exec(url)?.groups ?? {};
  if (!hosts) {
    throw new TypeError('mongo({ url }): the URL must look like mongodb://user:password@host:27017/database');
  }
  return { hosts, database: database ? decodeURIComponent(database) : undefined };
}

/** `test` is what the driver takes where the client's URL names no database. */
function databaseNamedBy(client: MongoClient | undefined): string | undefined {
  const name = client?.options.dbName;
  return name === 'test' ? undefined : name;
}
