import { afterAll, beforeAll, it } from 'vitest';
import type { Storage, StorageConnector } from '../../src/index.js';
import { storageConformance } from '../../src/testing/index.js';

/** Every case of the suite against one store, opened once for all of them. */
export function runConformance(connector: () => StorageConnector): void {
  let storage: Storage;
  beforeAll(async () => {
    storage = await connector().open();
  });
  afterAll(() => storage.close());

  for (const { name, run } of storageConformance) it(name, () => run(storage));
}
