import { mongo } from '../../src/adapters/driven/mongo/index.js';
import { describeMongo } from '../setup/mongo-database.js';
import { runConformance } from './run-conformance.js';

describeMongo('MongoDB', ({ url, client, database }) => {
  const connector = mongo({ url, database });
  runConformance(() => ({
    ...connector,
    open: async () => {
      const storage = await connector.open();
      // The cases play on a day in the past: the server would delete their sessions whenever it looks for expired ones.
      await client.db(database).collection('tradepost.sessions').dropIndex('expiresAt_1');
      return storage;
    },
  }));
});
