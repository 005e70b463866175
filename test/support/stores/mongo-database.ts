import { randomBytes } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { afterAll, describe, inject } from 'vitest';

/**
 * Declares tests with their own client and database, which is dropped after them. Without a MongoDB they are skipped, and
 * the last lines of the run give the reason.
 */
export function describeMongo(name: string, tests: (mongo: MongoFixture) => void): void {
  const url = inject('mongoUrl');
  if (url === null) {
    // The last lines of the run say that this was left out, and why (`test/support/setup/global-setup.ts`).
    describe.skip(name);
    return;
  }
  describe(name, () => {
    const client = new MongoClient(url);
    const database = `test_${randomBytes(6).toString('hex')}`;
    afterAll(async () => {
      await client.db(database).dropDatabase();
      await client.close();
    });
    tests({ url, client, database });
  });
}

export interface MongoFixture {
  readonly url: string;
  readonly client: MongoClient;
  readonly database: string;
}
