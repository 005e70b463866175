import type { Db } from 'mongodb';
import { MongoServerError } from 'mongodb';
import type { MigrationReport } from '../../../application/ports/driven/storage.js';
import { type Collections, collectionName } from './collections.js';
import { COPY_MARK } from './copy-mark.js';
import type { Database } from './database.js';
import { storageError } from './failures.js';
import { where } from './filter.js';
import { withMigrationLock } from './migration-lock.js';
import { MIGRATIONS } from './migrations/index.js';
import type { Steps } from './migrations/migration.js';

export interface SchemaState {
  readonly applied: readonly string[];
  readonly pending: readonly string[];
  /** A copy into the store is under way or was broken off. */
  readonly isCopying: boolean;
}

/** What was applied and what is missing; an empty database has a collection without documents, and is no error. */
export async function schemaState(database: Database): Promise<SchemaState> {
  const found = await database.query(access => access.find(where('migrations', {}), { sort: { _id: 1 } }));
  return stateOf(found.map(({ _id }) => _id));
}

const stateOf = (names: readonly string[]): SchemaState => ({
  applied: names.filter(name => name !== COPY_MARK),
  pending: MIGRATIONS.map(({ name }) => name).filter(name => !names.includes(name)),
  isCopying: names.includes(COPY_MARK),
});

/**
 * Applies what is missing, one after the other; each is noted when all of it is done, and one that was broken off runs
 * again. A lock lets one process work and the others wait for it.
 */
export async function migrate(database: Database): Promise<MigrationReport> {
  const { db } = database;
  const migrations = db.collection<Collections['migrations']>(collectionName('migrations'));
  try {
    return await withMigrationLock(db, async () => {
      const { pending } = await schemaState(database);
      for (const { name, apply } of MIGRATIONS.filter(migration => pending.includes(migration.name))) {
        await apply(stepsOf(db));
        await migrations.insertOne({ _id: name, appliedAt: new Date() });
      }
      return { applied: pending, current: MIGRATIONS.at(-1)?.name ?? null };
    });
  } catch (error) {
    throw storageError(error);
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
