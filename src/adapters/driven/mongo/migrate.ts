import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Collection, Db } from 'mongodb';
import type { MigrationReport } from '../../../application/ports/driven/storage.js';
import { MigrationBlocked } from '../../../application/ports/driven/storage-errors.js';
import type { SchemaState } from '../../../application/storage-kit/index.js';
import { SchemaPolicy, schemaStateOf } from '../../../application/storage-kit/index.js';
import { MongoServerError } from '../../../peers/mongodb.js';
import { checkDeployment } from './client.js';
import { type Collections, collectionName } from './collections.js';
import type { Database } from './database.js';
import { isDuplicate, translateError } from './failures.js';
import { where } from './filter.js';
import { core } from './migrations/0001-core.js';
import { attempts } from './migrations/0002-attempts.js';
import type { Migration, Steps } from './migrations/migration.js';

/** In the order they are applied. A released migration is never changed; new ones are appended. */
const MIGRATIONS: readonly Migration[] = [core, attempts];

/**
 * The document of `migrations` that marks an unfinished copy into the store. It is kept there because every start reads
 * that collection anyway. There is one such document, whose `run` is that of the newest copy.
 */
export const COPY_MARK = 'unfinished-copy';

export const schemaPolicy = (database: Database): SchemaPolicy =>
  new SchemaPolicy({
    name: `database ${database.db.databaseName}`,
    absence: `the database ${database.db.databaseName} has no collections of Tradepost`,
    checkDeployment: () => database.command(checkDeployment),
    state: () => readState(database),
    migrate: () => migrate(database),
    clock: () => database.command(async db => Number((await db.command({ hello: 1 })).localTime ?? Date.now())),
  });

/** In an empty database the collection is missing, which reads like a collection without documents. */
async function readState(database: Database): Promise<SchemaState> {
  const found = await database.query(access => access.find(where('migrations', {}), { sort: { _id: 1 } }));
  const names = found.map(({ _id }) => _id);
  return schemaStateOf(names, MIGRATIONS, name => name === COPY_MARK, names.length > 0 ? [] : await filled(database));
}

/**
 * Returns the collections that hold documents. Empty ones do not count: an interrupted first migration leaves them, and
 * the next one completes it.
 */
async function filled(database: Database): Promise<string[]> {
  const names = ['users', 'sessions', 'cards', 'trade_entries', 'attempts'] as const;
  const counts = await database.query(access =>
    Promise.all(names.map(async name => (await access.find(where(name, {}), { limit: 1 })).length)),
  );
  return names.filter((_, index) => counts[index]).map(collectionName);
}

/**
 * Applies the pending migrations one after the other. Each is recorded when all of it is done; an interrupted one runs
 * again. Under a lock, so that one process works and the others wait for it.
 */
async function migrate(database: Database): Promise<MigrationReport> {
  const { db } = database;
  const migrations = db.collection<Collections['migrations']>(collectionName('migrations'));
  try {
    return await withMigrationLock(db, async () => {
      const { pending } = await readState(database);
      for (const { name, apply } of MIGRATIONS.filter(migration => pending.includes(migration.name))) {
        await apply(stepsOf(db));
        await migrations.insertOne({ _id: name, appliedAt: new Date() });
      }
      return { applied: pending, current: MIGRATIONS.at(-1)?.name ?? null };
    });
  } catch (error) {
    throw translateError(error);
  }
}

const NAMESPACE_EXISTS = 48;

const stepsOf = (db: Db): Steps => ({
  collection: async (name, properties) => {
    const validator = { $jsonSchema: { bsonType: 'object', required: Object.keys(properties), properties } };
    try {
      await db.createCollection(collectionName(name), { validator });
    } catch (error) {
      if (!(error instanceof MongoServerError) || error.code !== NAMESPACE_EXISTS) throw error;
      await db.command({ collMod: collectionName(name), validator });
    }
  },
  index: async (name, keys, options) => {
    await db.collection(collectionName(name)).createIndex(keys, options);
  },
});

type Lock = Collections['locks'];

const NAME = 'migrations';

/** Milliseconds. */
const HEARTBEAT = 2_000;
const STALE_AFTER = 5 * HEARTBEAT;
const POLL_INTERVAL = 50;
const LONGEST_WAIT_MINUTES = 10;

/**
 * Runs `work` under a lock that one process holds at a time. The lock is a document whose `beat` the holder keeps
 * increasing. A waiting process that sees no increase for 10 s takes the lock over, because the holder must have ended. Only
 * the clock of the waiting process is used, so differing clocks do no harm.
 *
 * @throws MigrationBlocked after 10 minutes of waiting.
 */
export async function withMigrationLock<Result>(db: Db, work: () => Promise<Result>): Promise<Result> {
  const locks = db.collection<Lock>(collectionName('locks'));
  const holder = randomUUID();
  await acquire(locks, holder);
  const heartbeat = setInterval(() => {
    locks.updateOne({ _id: NAME, holder }, { $inc: { beat: 1 } }).catch(() => undefined);
  }, HEARTBEAT);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await locks.deleteOne({ _id: NAME, holder });
  }
}

async function acquire(locks: Collection<Lock>, holder: string): Promise<void> {
  const started = performance.now();
  let seen: Lock | null = null;
  let since = started;
  while (!(await create(locks, holder))) {
    const now = performance.now();
    if (now - started > LONGEST_WAIT_MINUTES * 60_000) throw new MigrationBlocked(LONGEST_WAIT_MINUTES);
    const found: Lock | null = await locks.findOne({ _id: NAME });
    if (found && seen && found.holder === seen.holder && found.beat === seen.beat) {
      if (now - since > STALE_AFTER && (await takeOver(locks, found, holder))) return;
    } else {
      seen = found;
      since = now;
    }
    await sleep(POLL_INTERVAL);
  }
}

async function create(locks: Collection<Lock>, holder: string): Promise<boolean> {
  try {
    await locks.insertOne({ _id: NAME, holder, beat: 0 });
    return true;
  } catch (error) {
    if (isDuplicate(error, '_id')) return false;
    throw error;
  }
}

/** Returns false where another process has taken it over first. */
async function takeOver(locks: Collection<Lock>, { beat, holder: gone }: Lock, holder: string): Promise<boolean> {
  const { matchedCount } = await locks.updateOne(
    { _id: NAME, holder: gone, beat },
    { $set: { holder, beat: beat + 1 } },
  );
  return matchedCount > 0;
}
