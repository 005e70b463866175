import type { CopyableConnector, Storage } from '../../application/ports/driven/storage.js';

/**
 * One requirement of the storage ports. `run` throws (an `AssertionError` of `node:assert`) where the store does not meet
 * it. Every case makes users of its own, so cases can share one store and run in any order.
 */
export interface ConformanceCase {
  readonly name: string;
  run(storage: Storage): Promise<void>;
}

/** One requirement of a connector's `copying`. Every case needs an empty store of its own. */
export interface ArchiveConformanceCase {
  readonly name: string;
  run(empty: CopyableConnector): Promise<void>;
}
