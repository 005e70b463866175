import type { MongoClient } from 'mongodb';
import type { Storage, StorageConnector } from '../../../application/ports/driven/storage.js';
import type { StorageArchive, StorageImport } from '../../../application/ports/driven/storage-archive.js';
import { changesOf } from './change-stream.js';
import { createClient } from './client.js';
import { BATCH_LIMITS, beginCopy } from './copying.js';
import { Database, databaseOf, PATIENT_LIMITS } from './database.js';
import { MongoArchive, MongoImport } from './mongo-archive.js';
import { MongoCardRepository } from './mongo-card-repository.js';
import { MongoIdempotencyRecords } from './mongo-idempotency-records.js';
import { MongoSessionRepository } from './mongo-session-repository.js';
import { MongoSignals } from './mongo-signals.js';
import { MongoTradeLog } from './mongo-trade-log.js';
import { MongoUserRepository } from './mongo-user-repository.js';
import {
  checkedMigrate,
  prepareForCopy,
  prepareSchema,
  refuseUnreadable,
  schemaHealth,
  unreachable,
} from './schema-health.js';

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
    openArchive: () => opened(connect({ patient: true }), name, openArchive),
    beginImport: () => opened(connect({ patient: true }), name, beginImport),
    // Building an index may take longer than a request ever should.
    migrate: () => connected(connect({ patient: true }), name, checkedMigrate),
    inspect: () => connected(connect({ patient: false }), name, schemaHealth).catch(unreachable),
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
    check: () => schemaHealth(database),
    close: () => {
      signals.close();
      return close();
    },
  };
}

/** For copying: what `open` makes of the database; where it fails, the connection is closed here. */
async function opened<Result>(
  { client, close }: MongoConnection,
  name: string,
  open: (database: Database, close: () => Promise<void>) => Promise<Result>,
): Promise<Result> {
  try {
    return await open(new Database(client, databaseOf(client, name), PATIENT_LIMITS), close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function openArchive(database: Database, close: () => Promise<void>): Promise<StorageArchive> {
  await refuseUnreadable(database);
  return new MongoArchive(database, close);
}

async function beginImport(database: Database, close: () => Promise<void>): Promise<StorageImport> {
  await prepareForCopy(database);
  return new MongoImport(database, close, database.within(BATCH_LIMITS), await beginCopy(database));
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
