import { memory } from '../../../src/adapters/driven/memory/index.js';
import { Sha256Fingerprints } from '../../../src/adapters/driven/system/system.js';
import type {
  CopyableConnector,
  CopyProgress,
  CopyReport,
  SessionPolicy,
  StorageArchive,
  StorageImport,
} from '../../../src/index.js';
import { CopyStorage } from '../../../src/index.js';
import { ManualClock } from '../../../src/testing/index.js';
import { fill, sampleRows } from '../../../src/testing/storage-conformance/archive-fixtures.js';
import { NOW } from '../../../src/testing/storage-conformance/fixtures.js';

export const BATCH = 4;
export const ROWS = sampleRows(10);

/** Wrappers around the two archives of a copy, and its other options. */
export interface Around {
  readonly source?: (archive: StorageArchive) => StorageArchive;
  readonly target?: (archive: StorageImport) => StorageImport;
  readonly onProgress?: (progress: CopyProgress) => void;
  readonly signal?: AbortSignal;
  readonly policy?: SessionPolicy;
}

/** A memory store with ROWS, an empty one, and a clock that does not move. */
export class TwoStores {
  readonly clock = new ManualClock(NOW);
  source: CopyableConnector = memory();
  target: CopyableConnector = memory();

  static async filled(): Promise<TwoStores> {
    const stores = new TwoStores();
    await fill(stores.source, ROWS);
    return stores;
  }

  async copy({ source, target, policy, ...rest }: Around = {}): Promise<CopyReport> {
    const [from, to] = [await this.source.copying.openArchive(), await this.target.copying.beginImport()];
    const sessions = policy ?? { lifetime: 3600, idleTimeout: null, maxPerUser: 100 };
    const copying = new CopyStorage(this.clock, sessions, new Sha256Fingerprints(), BATCH);
    return copying.execute({ source: source?.(from) ?? from, target: target?.(to) ?? to, ...rest });
  }
}

/** Returns the archive with some methods replaced. */
export const altered = <Archive extends StorageArchive>(archive: Archive, methods: Partial<StorageImport>): Archive =>
  new Proxy(archive, {
    get: (own, name: keyof StorageImport) => methods[name] ?? (own as unknown as StorageImport)[name].bind(own),
  });
