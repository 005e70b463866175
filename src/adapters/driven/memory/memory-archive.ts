import type {
  ArchiveCollection,
  ArchiveRows,
  StorageArchive,
} from '../../../application/ports/driven/storage-archive.js';
import { ARCHIVE_COLLECTIONS } from '../../../application/ports/driven/storage-archive.js';
import type { MemoryStorage } from './memory-storage.js';

/** How the rows of one collection are read and written. */
interface Form<Row> {
  all(storage: MemoryStorage): Row[];
  /** Unique. Rows are read in the order of their keys. */
  key(row: Row): string;
  put(storage: MemoryStorage, row: Row): unknown;
}

const FORMS: { readonly [Collection in ArchiveCollection]: Form<ArchiveRows[Collection]> } = {
  users: {
    all: ({ users }) => users.all(),
    key: ({ user }) => user.id,
    put: async ({ users }, account) => {
      const outcome = await users.add(account);
      if (outcome !== 'added') throw new Error(`An account could not be written: ${outcome}.`);
    },
  },
  cards: {
    all: ({ cards }) => cards.all(),
    key: ({ id }) => id,
    put: ({ cards }, card) => cards.add(card, null),
  },
  tradeEntries: {
    all: ({ trades }) => trades.all(),
    key: ({ userId, entry }) => `${userId} ${String(entry.number).padStart(16, '0')}`,
    put: ({ trades }, { userId, entry }) => trades.put(userId, entry),
  },
  idempotencyRecords: {
    all: ({ idempotency }) => idempotency.all(),
    key: ({ userId, claim }) => `${userId} ${claim.key}`,
    put: ({ idempotency }, { userId, claim, answer }) => idempotency.keep(userId, claim, answer),
  },
  sessions: {
    all: ({ sessions }) => sessions.all(),
    key: ({ digest }) => digest,
    put: ({ sessions }, { session, digest }) => sessions.put(session, digest),
  },
};

export class MemoryArchive implements StorageArchive {
  constructor(protected readonly storage: MemoryStorage) {}

  async read<Collection extends ArchiveCollection>(
    collection: Collection,
    after: ArchiveRows[Collection] | null,
    limit: number,
  ): Promise<ArchiveRows[Collection][]> {
    const { all, key } = FORMS[collection];
    const from = after === null ? '' : key(after);
    return all(this.storage)
      .filter(row => key(row) > from)
      .sort((a, b) => (key(a) < key(b) ? -1 : 1))
      .slice(0, limit);
  }

  async count(collection: ArchiveCollection): Promise<number> {
    return FORMS[collection].all(this.storage).length;
  }

  async close(): Promise<void> {}
}

export const nonEmptyCollections = (storage: MemoryStorage): ArchiveCollection[] =>
  ARCHIVE_COLLECTIONS.filter(collection => FORMS[collection].all(storage).length > 0);

export async function putAll<Collection extends ArchiveCollection>(
  storage: MemoryStorage,
  collection: Collection,
  rows: readonly ArchiveRows[Collection][],
): Promise<void> {
  const { put } = FORMS[collection];
  for (const row of rows) await put(storage, row);
}
