import type { Storage, StorageConnector } from '../../../src/index.js';

/** A connector whose open storage is changed by `alter`. */
export const altered = (connector: StorageConnector, alter: (storage: Storage) => Storage): StorageConnector => ({
  ...connector,
  open: async () => alter(await connector.open()),
});

/** A connector whose signals are all lost. */
export const silent = (connector: StorageConnector): StorageConnector =>
  altered(connector, storage => Object.assign(storage, { signals: { subscribe: () => () => undefined } }));
