import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  ArchiveCollection,
  ArchiveRows,
  StorageArchive,
  StorageImport,
} from '../../../application/ports/driven/storage-archive.js';
import { ARCHIVE_COLLECTIONS } from '../../../application/ports/driven/storage-archive.js';
import { CopyOvertaken, StoreNotEmpty } from '../../../application/ports/driven/storage-errors.js';
import type { Access } from './access.js';
import { FORMS, NAMES } from './archive-forms.js';
import type { Collections } from './collections.js';
import type { Database, TimeLimits } from './database.js';
import { translateError } from './failures.js';
import { equals, where } from './filter.js';
import { COPY_MARK, withMigrationLock } from './migrate.js';

export class MongoArchive implements StorageArchive {
  constructor(
    protected readonly database: Database,
    readonly close: () => Promise<void>,
  ) {}

  async read<Collection extends ArchiveCollection>(
    collection: Collection,
    after: ArchiveRows[Collection] | null,
    limit: number,
  ): Promise<ArchiveRows[Collection][]> {
    const { sort, ranges, rowOf } = FORMS[collection];
    const rows: ArchiveRows[Collection][] = [];
    for (const range of ranges(after)) {
      const missing = limit - rows.length;
      if (missing === 0) break;
      const found = await this.database.query(access =>
        access.find(range, { sort, limit: missing, batchSize: missing }),
      );
      rows.push(...found.map(rowOf));
    }
    return rows;
  }

  count(collection: ArchiveCollection): Promise<number> {
    return this.database.query(access => access.estimatedCount(NAMES[collection]));
  }
}

export class MongoImport extends MongoArchive implements StorageImport {
  constructor(
    database: Database,
    close: () => Promise<void>,
    /** The same database with the limits of a batch. */
    private readonly writing: Database,
    private readonly run: string,
  ) {
    super(database, close);
  }

  async write<Collection extends ArchiveCollection>(
    collection: Collection,
    rows: readonly ArchiveRows[Collection][],
  ): Promise<void> {
    const documents = rows.map(FORMS[collection].documentOf);
    await this.batch(access => access.insert(NAMES[collection], ...documents));
    if (collection !== 'tradeEntries') return;
    const entries = documents as Collections['trade_entries'][];
    await this.batch(access => access.upsertAll(countersOf(entries)));
  }

  private batch(write: (access: Access) => Promise<void>): Promise<void> {
    return writeBatch(this.writing, this.run, write);
  }

  finish(): Promise<void> {
    return finishCopy(this.database, this.run);
  }
}

/** Counters for the newest of these entries. Entries come in any order, so a counter is only ever raised. */
function countersOf(entries: readonly Collections['trade_entries'][]) {
  const newest = new Map<string, Collections['trade_entries']>();
  for (const entry of entries) {
    const user = entry.userId.toString('hex');
    if (entry.number > (newest.get(user)?.number ?? 0)) newest.set(user, entry);
  }
  return [...newest.values()].map(
    ({ userId, number }) =>
      [where('trade_counters', { _id: equals(userId) }), { atLeast: { lastNumber: number } }] as const,
  );
}

/** Limits of one batch, in milliseconds. The server gives up a batch before the copy that overtakes it stops waiting. */
export const BATCH_LIMITS: TimeLimits = { onServer: 5_000, here: 6_000 };
const WAIT_FOR_BATCH = 6_000;
const POLL_INTERVAL = 50;

/**
 * Marks the store for a copy and returns the mark's `run`. The mark is written before anything is deleted, so after an
 * interruption the store still counts as an unfinished copy. Under a lock, so that no other copy begins at the same time.
 */
export async function beginCopy(database: Database): Promise<string> {
  try {
    return await withMigrationLock(database.db, async () => {
      const run = randomUUID();
      const overtaken = await database.query(access => access.findAndUpdate(MARK, { set: { run } }));
      if (overtaken) await emptyAfterBatch(overtaken.writer ?? null, database);
      else await markIfEmpty(database, run);
      return run;
    });
  } catch (error) {
    throw translateError(error);
  }
}

const MARK = where('migrations', { _id: equals(COPY_MARK) });

/**
 * Deletes what the overtaken copy wrote. That copy starts no further batch, but one may be running: waits for its end,
 * or, where none is reported, for as long as the server may take before it gives the batch up.
 */
async function emptyAfterBatch(writer: string | null, database: Database): Promise<void> {
  const until = performance.now() + WAIT_FOR_BATCH;
  for (let current = writer; current !== null && performance.now() < until; ) {
    await sleep(POLL_INTERVAL);
    current = (await database.query(access => access.findOne(MARK)))?.writer ?? null;
  }
  for (const name of [...Object.values(NAMES), 'trade_counters'] as const) {
    await database.query(access => access.remove(where(name, {})));
  }
}

async function markIfEmpty(database: Database, run: string): Promise<void> {
  const held: ArchiveCollection[] = [];
  for (const collection of ARCHIVE_COLLECTIONS) {
    const first = await database.query(access => access.findOne(where(NAMES[collection], {})));
    if (first) held.push(collection);
  }
  if (held.length > 0) throw new StoreNotEmpty(held);
  const mark = { _id: COPY_MARK, appliedAt: new Date(), run, writer: null };
  await database.query(access => access.insert('migrations', mark));
}

/**
 * Writes a batch, which is one command, unless the copy was overtaken. Not in a transaction: one left open by a killed
 * process would lock its documents for a minute. A batch that fails may have been written in part, so it counts as
 * running until the server has given it up.
 */
export async function writeBatch(
  database: Database,
  run: string,
  write: (access: Access) => Promise<void>,
): Promise<void> {
  const own = where('migrations', { _id: equals(COPY_MARK), run: equals(run) });
  const written = where('migrations', { _id: equals(COPY_MARK), writer: equals(run) });
  const isCurrent = await database.query(access => access.update(own, { set: { writer: run } }));
  if (!isCurrent) throw new CopyOvertaken();
  await database.query(write);
  await database.query(access => access.update(written, { set: { writer: null } }));
}

/** Removes the mark. @throws CopyOvertaken */
export async function finishCopy(database: Database, run: string): Promise<void> {
  const own = where('migrations', { _id: equals(COPY_MARK), run: equals(run) });
  if ((await database.query(access => access.remove(own))) === 0) throw new CopyOvertaken();
}
