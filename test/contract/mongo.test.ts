import { randomBytes } from 'node:crypto';
import { afterAll } from 'vitest';
import { mongo } from '../../src/adapters/driven/mongo/index.js';
import type { CopyableConnector } from '../../src/index.js';
import { describeMongo } from '../setup/mongo-database.js';
import { runArchiveConformance } from './run-archive-conformance.js';
import { runConformance } from './run-conformance.js';

describeMongo('MongoDB', ({ url, client, database }) => {
  /** Without the TTL index. The cases use times in the past, so the server would delete their sessions at any moment. */
  function keepingSessions(name: string): CopyableConnector {
    const connector = mongo({ url, database: name });
    const withoutExpiry = async <Opened>(opening: Promise<Opened>): Promise<Opened> => {
      const opened = await opening;
      const sessions = client.db(name).collection('tradepost.sessions');
      if (await sessions.indexExists('expiresAt_1')) await sessions.dropIndex('expiresAt_1');
      return opened;
    };
    const { copying } = connector;
    return {
      ...connector,
      open: () => withoutExpiry(connector.open()),
      copying: { ...copying, beginImport: () => withoutExpiry(copying.beginImport()) },
    };
  }

  runConformance(() => keepingSessions(database));

  const emptied: string[] = [];
  afterAll(() => Promise.all(emptied.map(name => client.db(name).dropDatabase())));
  runArchiveConformance({
    empty: () => {
      const name = `${database}_${randomBytes(4).toString('hex')}`;
      emptied.push(name);
      return keepingSessions(name);
    },
    shared: true,
  });
});
