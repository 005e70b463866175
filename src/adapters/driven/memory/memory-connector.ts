import { CopyOvertaken, StoreNotEmpty, UNFINISHED_COPY, UnfinishedCopy } from '../../../application/copy/refusals.js';
import type {
  MigrationReport,
  Storage,
  StorageConnector,
  StorageHealth,
} from '../../../application/ports/driven/storage.js';
import type {
  ArchiveCollection,
  ArchiveRows,
  StorageArchive,
  StorageImport,
} from '../../../application/ports/driven/storage-archive.js';
import { collectionsHeld, MemoryArchive, putAll } from './memory-archive.js';
import { HEALTHY, MemoryStorage } from './memory-storage.js';

/**
 * A store inside this process, gone with it: for tests and for trying things out. Every `memory()` is a new, empty one;
 * what is opened of it is always the same.
 */
export const memory = (): StorageConnector => new MemoryConnector();

class MemoryConnector implements StorageConnector {
  readonly description = 'memory';
  private storage = new MemoryStorage();
  /** The copy that is writing to it; while there is one nobody opens it. */
  private copying: MemoryImport | null = null;

  // Functions of the object, since connectors are taken apart and put together: `{ ...memory(), open }`.
  readonly open = async (): Promise<Storage> => this.finished();
  readonly openArchive = async (): Promise<StorageArchive> => new MemoryArchive(this.finished());
  readonly migrate = async (): Promise<MigrationReport> => ({ applied: [], current: null });
  readonly inspect = async (): Promise<StorageHealth> =>
    this.copying ? { ok: false, detail: UNFINISHED_COPY } : HEALTHY;

  readonly beginImport = async (): Promise<StorageImport> => {
    if (this.copying) this.storage = new MemoryStorage();
    const held = collectionsHeld(this.storage);
    if (held.length > 0) throw new StoreNotEmpty(held);
    const begun = new MemoryImport(
      this.storage,
      copy => this.copying === copy,
      () => {
        this.copying = null;
      },
    );
    this.copying = begun;
    return begun;
  };

  private finished(): MemoryStorage {
    if (this.copying) throw new UnfinishedCopy();
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
