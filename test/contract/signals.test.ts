import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, inject } from 'vitest';
import { embedded } from '../../src/adapters/driven/embedded/index.js';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { mongo } from '../../src/adapters/driven/mongo/index.js';
import { postgres } from '../../src/adapters/driven/postgres/index.js';
import { pollingSignals, type StorageConnector } from '../../src/index.js';
import { describeMongo } from '../setup/mongo-database.js';
import { signalsCases } from './signals-cases.js';

const directory = mkdtempSync(join(tmpdir(), 'signals-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The store with the signals of a store that cannot push any. */
const polled = (connector: StorageConnector): StorageConnector => ({
  ...connector,
  open: async () => ({ ...(await connector.open()), signals: pollingSignals() }),
});

const server = (schema: string) => postgres({ url: inject('postgresUrl'), schema });

signalsCases({ name: 'memory', shared: false, connector: memory });
signalsCases({ name: 'embedded', shared: false, connector: () => embedded({ directory }) });
signalsCases({ name: 'PostgreSQL', shared: true, connector: () => server('ws_signals') });
signalsCases({
  name: 'a store that has to be polled',
  shared: true,
  connector: () => polled(server('ws_signals_polled')),
});
// With change streams where the server has them, else with polling.
describeMongo('MongoDB', ({ url, database }) =>
  signalsCases({ name: 'MongoDB', shared: true, connector: () => mongo({ url, database }) }),
);
