import { afterAll, beforeAll, it } from 'vitest';
import type { Storage, StorageConnector } from '../../src/index.js';
import { storageConformance } from '../../src/testing/index.js';
import { watchAhead } from './watch-ahead.js';

/** Runs every case of the suite against one store, which is opened once. */
export function runConformance(connector: () => StorageConnector): void {
  let storage: Storage;
  beforeAll(async () => {
    storage = await connector().open();
  });
  afterAll(() => storage.close());

  for (const { name, run } of [...storageConformance, watchAhead]) it(name, () => run(storage));
}
