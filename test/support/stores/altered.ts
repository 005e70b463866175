import type { Storage, StorageConnector } from '../../../src/index.js';

/** A store that is not quite as its adapter made it. */
export const altered = (connector: StorageConnector, alter: (storage: Storage) => Storage): StorageConnector => ({
  ...connector,
  open: async () => alter(await connector.open()),
});

/** One whose signals are all lost. */
export const silent = (connector: StorageConnector): StorageConnector =>
  altered(connector, storage => Object.assign(storage, { signals: { subscribe: () => () => undefined } }));
