import type {
  CopyableConnector,
  MigrationReport,
  Storage,
  StorageHealth,
} from '../../../application/ports/driven/storage.js';
import type {
  ArchiveCollection,
  ArchiveRows,
  StorageArchive,
  StorageImport,
} from '../../../application/ports/driven/storage-archive.js';
import { CopyOvertaken, StoreNotEmpty, UnfinishedCopy } from '../../../application/ports/driven/storage-errors.js';
import { unhealthy } from '../../../application/storage-kit/index.js';
import { MemoryArchive, nonEmptyCollections, putAll } from './memory-archive.js';
import { HEALTHY, MemoryStorage } from './memory-storage.js';

/**
 * A store inside this process, lost when it ends: for tests and for trying things out. Every call of `memory()` makes a
 * new, empty store; opening one connector twice opens the same store.
 */
export const memory = (): CopyableConnector => new MemoryConnector();

class MemoryConnector implements CopyableConnector {
  readonly description = 'memory';
  private storage = new MemoryStorage();
  /** The copy that is writing to the store, if any. The store cannot be opened until it has finished. */
  private currentImport: MemoryImport | null = null;

  // Arrow functions, so that a spread connector keeps its methods: `{ ...memory(), open }`.
  readonly open = async (): Promise<Storage> => this.finishedStorage();
  readonly migrate = async (): Promise<MigrationReport> => ({ applied: [], current: null });
  readonly inspect = async (): Promise<StorageHealth> =>
    this.currentImport ? unhealthy(new UnfinishedCopy()) : HEALTHY;

  readonly copying = {
    openArchive: async (): Promise<StorageArchive> => new MemoryArchive(this.finishedStorage()),
    beginImport: async (): Promise<StorageImport> => this.beginImport(),
  };

  private beginImport(): MemoryImport {
    if (this.currentImport) this.storage = new MemoryStorage();
    const held = nonEmptyCollections(this.storage);
    if (held.length > 0) throw new StoreNotEmpty(held);
    this.currentImport = new MemoryImport(
      this.storage,
      copy => this.currentImport === copy,
      () => {
        this.currentImport = null;
      },
    );
    return this.currentImport;
  }

  private finishedStorage(): MemoryStorage {
    if (this.currentImport) throw new UnfinishedCopy();
    return this.storage;
  }
}

class MemoryImport extends MemoryArchive implements StorageImport {
  constructor(
    storage: MemoryStorage,
    private readonly isCurrent: (copy: MemoryImport) => boolean,
    private readonly unmark: () => void,
  ) {
    super(storage);
  }

  async write<Collection extends ArchiveCollection>(
    collection: Collection,
    rows: readonly ArchiveRows[Collection][],
  ): Promise<void> {
    this.refuseOvertaken();
    await putAll(this.storage, collection, rows);
  }

  async finish(): Promise<void> {
    this.refuseOvertaken();
    this.unmark();
  }

  private refuseOvertaken(): void {
    if (!this.isCurrent(this)) throw new CopyOvertaken();
  }
}
