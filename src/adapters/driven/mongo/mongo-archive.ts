import type {
  ArchiveCollection,
  ArchiveRows,
  StorageArchive,
  StorageImport,
} from '../../../application/ports/driven/storage-archive.js';
import type { Access } from './access.js';
import { FORMS } from './archive-documents.js';
import { ORDERS } from './archive-ranges.js';
import type { Collections } from './collections.js';
import { finishCopy, holdMark, NAMES } from './copying.js';
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
    const { sort, ranges } = ORDERS[collection];
    const rows: ArchiveRows[Collection][] = [];
    for (const range of ranges(after)) {
      const missing = limit - rows.length;
      if (missing === 0) break;
      const found = await this.database.query(access =>
        access.find(range, { sort, limit: missing, batchSize: missing }),
      );
      rows.push(...found.map(FORMS[collection].rowOf));
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
    private readonly run: string,
  ) {
    super(database, close);
  }

  async write<Collection extends ArchiveCollection>(
    collection: Collection,
    rows: readonly ArchiveRows[Collection][],
  ): Promise<void> {
    const documents = rows.map(FORMS[collection].documentOf);
    await this.database.transaction([], async access => {
      await holdMark(access, this.run);
      await access.insert(NAMES[collection], ...documents);
      if (collection === 'tradeEntries') await raiseCounters(access, documents as Collections['trade_entries'][]);
    });
  }

  finish(): Promise<void> {
    return finishCopy(this.database, this.run);
  }
}

/** Entries come in any order, so a counter never goes down. */
async function raiseCounters(access: Access, entries: readonly Collections['trade_entries'][]): Promise<void> {
  await access.upsertAll(
    [...newestNumbers(entries)].map(([, { userId, number }]) => [
      where('trade_counters', { _id: equals(userId) }),
      { atLeast: { lastNumber: number } },
    ]),
  );
}

function newestNumbers(entries: readonly Collections['trade_entries'][]) {
  const newest = new Map<string, Collections['trade_entries']>();
  for (const entry of entries) {
    const user = entry.userId.toString('hex');
    if (entry.number > (newest.get(user)?.number ?? 0)) newest.set(user, entry);
  }
  return newest;
}
