import type { Migration } from './migration.js';

/**
 * The counts of logins and registrations. A key is an account or a network of clients. `admitted` is the outcome of the
 * last attempt: an update returns nothing else of a document that it left as it was.
 */
export const attempts: Migration = {
  name: '0002-attempts',
  apply: async ({ collection, index }) => {
    await collection('attempts', {
      _id: { bsonType: 'string' },
      streak: COUNT,
      total: COUNT,
      readyAt: DATE,
      expiresAt: DATE,
      admitted: { bsonType: 'bool' },
    });
    await index('attempts', { expiresAt: 1 });
  },
};

const DATE = { bsonType: 'date' } as const;
const COUNT = { bsonType: ['int', 'long', 'double'], minimum: 0 } as const;
