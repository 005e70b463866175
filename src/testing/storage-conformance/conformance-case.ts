import type { Storage } from '../../application/ports/driven/storage.js';

/**
 * One promise of the storage ports. `run` throws (an `AssertionError` of `node:assert`) where the store does not keep
 * it. Cases make users of their own, so they can share one store and run in any order.
 */
export interface ConformanceCase {
  readonly name: string;
  run(storage: Storage): Promise<void>;
}
