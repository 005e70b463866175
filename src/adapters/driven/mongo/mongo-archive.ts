import type {
  ArchiveCollection,
  ArchiveRows,
  StorageArchive,
  StorageImport,
} from '../../../application/ports/driven/storage-archive.js';
import type { Access } from './access.js';
import { FORMS } from './archive-forms.js';
import type { Collections } from './collections.js';
import { finishCopy, NAMES, writeBatch } from './copying.js';
import type { Database } from './database.js';
import { equals, where } from './filter.js';

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
