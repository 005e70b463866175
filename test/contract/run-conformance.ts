import { afterAll, beforeAll, it } from 'vitest';
import type { Storage, StorageConnector } from '../../src/index.js';
import { storageConformance } from '../../src/testing/index.js';

/** Runs every case of the suite against one store, which is opened once. */
export function runConformance(connector: () => StorageConnector): void {
  let storage: Storage;
  beforeAll(async () => {
    storage = await connector().open();
  });
  afterAll(() => storage.close());

  for (const { name, run } of storageConformance) it(name, () => run(storage));
}
