import type { MongoClient } from 'mongodb';
import type { CopyableConnector, Storage } from '../../../application/ports/driven/storage.js';
import { openConnection, unusable, withConnection } from '../../../application/storage-kit/index.js';
import { createClient } from './client.js';
import { Clients } from './clients.js';
import { Database, PATIENT_LIMITS } from './database.js';
import { DEFAULT_DATABASE, locationOf } from './location.js';
import { schemaPolicy } from './migrate.js';
import { BATCH_LIMITS, beginCopy, MongoArchive, MongoImport } from './mongo-archive.js';
import { MongoAttemptLimiter } from './mongo-attempt-limiter.js';
import { MongoCardRepository } from './mongo-card-repository.js';
import { MongoIdempotencyRecords } from './mongo-idempotency-records.js';
import { MongoSessionRepository } from './mongo-session-repository.js';
import { MongoSessionTrades } from './mongo-session-trades.js';
import { MongoSignals, openChanges } from './mongo-signals.js';
import { MongoTradeLog } from './mongo-trade-log.js';
import { MongoUserRepository } from './mongo-user-repository.js';

export interface MongoOptions {
  /** `mongodb://user:password@host:port/database` or `mongodb+srv://…`. Tradepost opens and closes a client of its own. */
  readonly url?: string;
  /** Or a client of the application's, which is never closed here. */
  readonly client?: MongoClient;
  /** The most connections of Tradepost's own client; 10 if left out. */
  readonly poolSize?: number;
  /** The database with Tradepost's collections; if left out, the one the URL names, else `tradepost`. */
  readonly database?: string;
  /**
   * Receives one line for an operator: Tradepost's own client was stuck and was replaced, or the application's client is
   * stuck and should be.
   */
  readonly onWarning?: (message: string) => void;
}

/**
 * Tradepost in a MongoDB database, version 5.0 or later: a replica set (one member is enough) or a sharded cluster.
 *
 * @throws TypeError for an invalid URL, and unless exactly one of `url` and `client` is given.
 */
export function mongo(options: MongoOptions): CopyableConnector {
  const { hosts, name } = targetOf(options);
  const request = async () => connect(options, name, { isPatient: false });
  const patient = async () => connect(options, name, { isPatient: true });
  return {
    description: `mongodb ${hosts}/${name}`,
    open: () =>
      openConnection(request, async connection => {
        const storage = await openStorage(connection);
        const { onWarning } = options;
        if (onWarning) for (const warning of await schemaPolicy(connection.database).warnings()) onWarning(warning);
        return storage;
      }),
    // Building an index may take longer than a request ever should.
    migrate: () => withConnection(patient, ({ database }) => schemaPolicy(database).migrate()),
    inspect: () => withConnection(request, ({ database }) => schemaPolicy(database).health()).catch(unusable),
    copying: {
      openArchive: () =>
        openConnection(patient, async ({ database, close }) => {
          const whole = database.within(PATIENT_LIMITS);
          await schemaPolicy(whole).refuseUnreadable();
          return new MongoArchive(whole, close);
        }),
      beginImport: () =>
        openConnection(patient, async ({ database, close }) => {
          const whole = database.within(PATIENT_LIMITS);
          await schemaPolicy(whole).prepareForCopy();
          return new MongoImport(whole, close, database.within(BATCH_LIMITS), await beginCopy(whole));
        }),
    },
  };
}

/** Returns the hosts and the name of the database. @throws TypeError */
function targetOf({ url, client, database }: MongoOptions): { readonly hosts: string; readonly name: string } {
  if ((url === undefined) === (client === undefined)) {
    throw new TypeError('mongo({ … }): give either `url` or `client`, and not both');
  }
  if (client) return { hosts: '(own client)', name: database ?? databaseOf(client) ?? DEFAULT_DATABASE };
  const location = locationOf(url ?? '');
  if (!location) {
    throw new TypeError('mongo({ url }): the URL must look like mongodb://user:password@host:27017/database');
  }
  return { hosts: location.hosts.join(), name: database ?? location.database ?? DEFAULT_DATABASE };
}

/** The driver's name for the database is `test` where the client's URL names none. */
function databaseOf({ options: { dbName } }: MongoClient): string | undefined {
  return dbName === 'test' ? undefined : dbName;
}

interface MongoConnection {
  readonly database: Database;
  readonly clients: Clients;
  close(): Promise<void>;
}

const MINUTES = 60_000;

/** `isPatient`: for work on a whole store, where an answer may take minutes. */
function connect(
  { url, client, poolSize, onWarning }: MongoOptions,
  name: string,
  { isPatient }: { isPatient: boolean },
): MongoConnection {
  const create = () => createClient(url ?? '', { size: poolSize, ...(isPatient && { answerWithin: 11 * MINUTES }) });
  const clients = new Clients(client ?? create(), { name, onWarning, ...(!client && { create }) });
  return { database: new Database(clients), clients, close: () => clients.close() };
}

async function openStorage({ database, clients, close }: MongoConnection): Promise<Storage> {
  const schema = schemaPolicy(database);
  await schema.prepare();
  const idempotency = new MongoIdempotencyRecords(database);
  clients.startWatchdog();
  const signals = new MongoSignals(
    () => openChanges(database.db),
    listener => clients.onReplacement(listener),
  );
  const sessions = new MongoSessionRepository(database);
  const trades = new MongoTradeLog(database, idempotency);
  return {
    users: new MongoUserRepository(database),
    sessions,
    idempotency,
    attempts: new MongoAttemptLimiter(database),
    cards: new MongoCardRepository(database, idempotency),
    trades,
    sessionTrades: new MongoSessionTrades(sessions, trades),
    signals,
    check: async () => {
      const health = await schema.healthWhileOpen();
      const outage = health.ok ? null : await clients.describeOutage();
      return outage === null ? health : { ok: false, detail: outage };
    },
    close: () => {
      signals.close();
      return close();
    },
  };
}
