import type { Db, DbOptions } from 'mongodb';
import { UnsupportedDeployment } from '../../../application/ports/driven/storage-errors.js';
import { DEFAULT_POOL_SIZE } from '../../../application/storage-kit/index.js';
import { MongoClient, ReadConcern } from '../../../peers/mongodb.js';

export interface ClientOptions {
  /** Connections to each server, at most, for commands. A change stream has one more. */
  readonly size?: number | undefined;
  /** Milliseconds to wait for an answer; more where an index is built. */
  readonly answerWithin?: number;
}

/**
 * A client in which every wait is limited: for a server, a connection, the pool and an answer. All in milliseconds. The
 * driver's `timeoutMS`, one limit for all of these, has no effect in version 7.9.
 */
export const createClient = (
  url: string,
  { size = DEFAULT_POOL_SIZE, answerWithin = 3000 }: ClientOptions = {},
): MongoClient =>
  new MongoClient(url, {
    maxPoolSize: size + 1,
    serverSelectionTimeoutMS: 1000,
    // A server that comes back is noticed within this time. The driver's default of 10 s would prolong every outage.
    heartbeatFrequencyMS: 1000,
    connectTimeoutMS: 1000,
    waitQueueTimeoutMS: 1000,
    socketTimeoutMS: answerWithin,
    retryReads: true,
    retryWrites: true,
    appName: 'tradepost',
  });

// These override the settings of an application's own client. Reads are majority reads of the primary: anything weaker can
// return a log entry that a change of primary rolls back, and a reader past its number would never see the entry that
// gets the number instead.
export const DURABLE = { w: 'majority', journal: true, wtimeoutMS: 2000 } as const;
const OPTIONS = {
  readPreference: 'primary',
  readConcern: new ReadConcern('majority'),
  writeConcern: DURABLE,
  promoteLongs: true,
  promoteValues: true,
  promoteBuffers: false,
  useBigInt64: false,
  ignoreUndefined: false,
  raw: false,
} as const satisfies DbOptions;

export const openDb = (client: MongoClient, name: string): Db => client.db(name, OPTIONS);

/**
 * A trade is a transaction, and MongoDB has transactions on replica sets and sharded clusters only. A standalone server
 * would refuse the first trade, so it is refused when the store is opened.
 *
 * @throws UnsupportedDeployment
 */
export async function checkDeployment(db: Db): Promise<void> {
  const { setName, msg } = await db.command({ hello: 1 });
  if (typeof setName === 'string' || msg === 'isdbgrid') return;
  throw new UnsupportedDeployment(
    'This MongoDB server is standalone and so has no transactions, which trades need. ' +
      'Make it a replica set of one: start mongod with --replSet rs0 and run rs.initiate() in mongosh, once.',
  );
}
