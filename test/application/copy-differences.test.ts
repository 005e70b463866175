import { beforeEach, describe, expect, it } from 'vitest';
import type { ArchiveCollection, ArchiveRows, CopyProgress, StorageArchive, StorageImport } from '../../src/index.js';
import { ARCHIVE_COLLECTIONS, addSeconds } from '../../src/index.js';
import { NOW } from '../../src/testing/storage-conformance/fixtures.js';
import { altered, TwoStores } from '../support/stores/two-stores.js';

let stores: TwoStores;
beforeEach(async () => {
  stores = await TwoStores.filled();
});

/** The smallest change to a row of each collection. */
const CHANGES: {
  readonly [Collection in ArchiveCollection]: (row: ArchiveRows[Collection]) => ArchiveRows[Collection];
} = {
  users: row => ({ ...row, passwordHash: `${row.passwordHash} ` }),
  cards: row => ({ ...row, createdAt: addSeconds(row.createdAt, 0.001) }),
  tradeEntries: row => ({
    ...row,
    entry: { ...row.entry, direction: row.entry.direction === 'sent' ? 'received' : 'sent' },
  }),
  idempotencyRecords: row => ({ ...row, answer: [row.answer] }),
  sessions: row => ({ ...row, session: { ...row.session, lastUsedAt: addSeconds(NOW, 60) } }),
};

/** Returns an archive that reads one collection changed while the copy is checked. `change` gets its first page. */
function changeReads<Archive extends StorageArchive, Collection extends ArchiveCollection>(
  archive: Archive,
  changed: Collection,
  change: (rows: ArchiveRows[Collection][]) => ArchiveRows[Collection][],
  isChecking: () => boolean,
): Archive {
  return altered(archive, {
    read: async (collection, after, limit) => {
      const rows = await archive.read(collection, after, limit);
      // The compiler does not know that the collection of the rows is `changed`.
      return isChecking() && collection === (changed as string) && after === null
        ? (change(rows as never) as never)
        : rows;
    },
  });
}

const DIFFERENCES = ARCHIVE_COLLECTIONS.flatMap(collection => [
  {
    collection,
    what: 'changed',
    change: ([first, ...rest]: never[]) => [CHANGES[collection](first as never), ...rest],
  },
  { collection, what: 'missing', change: ([, ...rest]: never[]) => rest },
  { collection, what: 'duplicated', change: (rows: never[]) => [...rows.slice(0, 1), ...rows] },
]);

describe('a row that reads differently than it was written', () => {
  let isChecking: boolean;
  beforeEach(() => {
    isChecking = false;
  });
  /** Sessions are copied last. */
  const onProgress = ({ step, collection, complete }: CopyProgress): void => {
    if (step === 'copy' && collection === 'sessions' && complete) isChecking = true;
  };

  it.each(DIFFERENCES)('in the target is detected: $collection, $what', async ({ collection, change }) => {
    const target_ = (archive: StorageImport) => changeReads(archive, collection, change as never, () => isChecking);
    await expect(stores.copy({ onProgress, target: target_ })).rejects.toMatchObject({
      name: 'TargetDiffers',
      collection,
    });
    await expect(stores.target.open()).rejects.toMatchObject({ name: 'UnfinishedCopy' });
  });

  it.each(DIFFERENCES)('in the source is detected and named: $collection, $what', async difference => {
    const { collection, change } = difference;
    const source_ = (archive: StorageArchive) => changeReads(archive, collection, change as never, () => isChecking);
    await expect(stores.copy({ onProgress, source: source_ })).rejects.toMatchObject({
      name: 'SourceChanged',
      collection,
    });
    await expect(stores.target.open()).rejects.toMatchObject({ name: 'UnfinishedCopy' });
  });
});
