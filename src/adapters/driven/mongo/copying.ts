import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { CopyOvertaken, StoreNotEmpty } from '../../../application/copy/refusals.js';
import type { ArchiveCollection } from '../../../application/ports/driven/storage-archive.js';
import { ARCHIVE_COLLECTIONS } from '../../../application/ports/driven/storage-archive.js';
import type { Access } from './access.js';
import type { CollectionName } from './collections.js';
import { COPY_MARK } from './copy-mark.js';
import type { Database, Limits } from './database.js';
import { storageError } from './failures.js';
import { equals, where } from './filter.js';
import { withMigrationLock } from './migration-lock.js';

export const NAMES = {
  users: 'users',
  cards: 'cards',
  tradeEntries: 'trade_entries',
  idempotencyRecords: 'idempotency_records',
  sessions: 'sessions',
} as const satisfies Record<ArchiveCollection, CollectionName>;

/** How long a batch may take, in milliseconds: the server gives it up before whoever overtakes it stops waiting. */
export const BATCH_LIMITS: Limits = { onServer: 5_000, here: 6_000 };
const WAIT_FOR_BATCH = 6_000;
const LOOK_EVERY = 50;

/**
 * Marks the store for a copy, and answers with the mark's `run`. The mark is there before anything is deleted, so what is
 * broken off in between is still the rest of a copy. Under a lock, for deleting must not meet what a later copy writes.
 */
export async function beginCopy(database: Database): Promise<string> {
  try {
    return await withMigrationLock(database.db, async () => {
      const run = randomUUID();
      const taken = await database.query(access => access.findAndUpdate(MARK, { set: { run } }));
      if (taken) await emptyAfter(taken.writer ?? null, database);
      else await markUnlessHeld(database, run);
      return run;
    });
  } catch (error) {
    throw storageError(error);
  }
}

const MARK = where('migrations', { _id: equals(COPY_MARK) });

/**
 * Deletes what a copy has left that is overtaken now. It begins no batch any more, but may be writing one: that is waited
 * for, and if nothing is heard of it, for as long as the server would go on with it.
 */
async function emptyAfter(writer: string | null, database: Database): Promise<void> {
  const until = performance.now() + WAIT_FOR_BATCH;
  for (let current = writer; current !== null && performance.now() < until; ) {
    await pause(LOOK_EVERY);
    current = (await database.query(access => access.findOne(MARK)))?.writer ?? null;
  }
  await empty(database);
}

async function markUnlessHeld(database: Database, run: string): Promise<void> {
  const held: ArchiveCollection[] = [];
  for (const collection of ARCHIVE_COLLECTIONS) {
    const first = await database.query(access => access.findOne(where(NAMES[collection], {})));
    if (first) held.push(collection);
  }
  if (held.length > 0) throw new StoreNotEmpty(held);
  const mark = { _id: COPY_MARK, appliedAt: new Date(), run, writer: null };
  await database.query(access => access.insert('migrations', mark));
}

async function empty(database: Database): Promise<void> {
  for (const name of [...Object.values(NAMES), 'trade_counters'] as const) {
    await database.query(access => access.remove(where(name, {})));
  }
}

/**
 * Writes a batch, which is one command, unless the copy was overtaken. It is no transaction: one that is left open by a process that was killed
 * would keep others from the same documents for a minute. Where a batch fails nobody knows what of it was written, so it
 * counts as being written until the server has given it up.
 */
export async function writeBatch(database: Database, run: string, write: (access: Access) => Promise<void>) {
  const begun = where('migrations', { _id: equals(COPY_MARK), run: equals(run) });
  const written = where('migrations', { _id: equals(COPY_MARK), writer: equals(run) });
  const isCurrent = await database.query(access => access.update(begun, { set: { writer: run } }));
  if (!isCurrent) throw new CopyOvertaken();
  await database.query(write);
  await database.query(access => access.update(written, { set: { writer: null } }));
}

export async function finishCopy(database: Database, run: string): Promise<void> {
  const own = where('migrations', { _id: equals(COPY_MARK), run: equals(run) });
  if ((await database.query(access => access.remove(own))) === 0) throw new CopyOvertaken();
}
