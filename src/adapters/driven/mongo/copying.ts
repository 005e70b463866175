import { randomUUID } from 'node:crypto';
import { CopyOvertaken, StoreNotEmpty } from '../../../application/copy/refusals.js';
import type { ArchiveCollection } from '../../../application/ports/driven/storage-archive.js';
import { ARCHIVE_COLLECTIONS } from '../../../application/ports/driven/storage-archive.js';
import type { Access } from './access.js';
import type { CollectionName } from './collections.js';
import { COPY_MARK } from './copy-mark.js';
import type { Database } from './database.js';
import { storageError } from './failures.js';
import type { Filter } from './filter.js';
import { equals, where } from './filter.js';
import { withMigrationLock } from './migration-lock.js';

export const NAMES = {
  users: 'users',
  cards: 'cards',
  tradeEntries: 'trade_entries',
  idempotencyRecords: 'idempotency_records',
  sessions: 'sessions',
} as const satisfies Record<ArchiveCollection, CollectionName>;

/**
 * Marks the store for a copy, and answers with the mark's `run`. The mark is there before anything is deleted, so what is
 * broken off in between is still the rest of a copy. Under a lock, for deleting must not meet what a later copy writes.
 */
export async function beginCopy(database: Database): Promise<string> {
  try {
    return await withMigrationLock(database.db, async () => {
      const run = randomUUID();
      const isOvertaking = await database.query(access => takeOver(access, run));
      if (isOvertaking) await empty(database);
      else await markUnlessHeld(database, run);
      return run;
    });
  } catch (error) {
    throw storageError(error);
  }
}

/** Conflicts with the batch that the copy before may be writing, and keeps it from writing another one. */
const takeOver = (access: Access, run: string): Promise<boolean> =>
  access.update(where('migrations', { _id: equals(COPY_MARK) }), { set: { run } });

async function markUnlessHeld(database: Database, run: string): Promise<void> {
  const held: ArchiveCollection[] = [];
  for (const collection of ARCHIVE_COLLECTIONS) {
    const first = await database.query(access => access.findOne(where(NAMES[collection], {})));
    if (first) held.push(collection);
  }
  if (held.length > 0) throw new StoreNotEmpty(held);
  const mark = { _id: COPY_MARK, appliedAt: new Date(), run, batches: 0 };
  await database.query(access => access.insert('migrations', mark));
}

async function empty(database: Database): Promise<void> {
  for (const name of [...Object.values(NAMES), 'trade_counters'] as const) {
    await database.query(access => access.remove(where(name, {})));
  }
}

const markOf = (run: string): Filter<'migrations'> => where('migrations', { _id: equals(COPY_MARK), run: equals(run) });

/** Changes the mark, so that the transaction and another copy's beginning cannot both succeed. */
export async function holdMark(access: Access, run: string): Promise<void> {
  if (!(await access.update(markOf(run), { increment: { batches: 1 } }))) throw new CopyOvertaken();
}

export async function finishCopy(database: Database, run: string): Promise<void> {
  if ((await database.query(access => access.remove(markOf(run)))) === 0) throw new CopyOvertaken();
}
