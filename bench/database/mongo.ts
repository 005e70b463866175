import { randomBytes } from 'node:crypto';
import { type Db, MongoClient, UUID } from 'mongodb';
import { built } from '../built.js';

export interface MongoDatabase {
  readonly url: string;
  readonly db: Db;
  /** Drops the database and closes the connection. */
  stop(): Promise<void>;
}

/** Creates a database with Tradepost's collections on a running server. */
export async function createMongoDatabase(server: string): Promise<MongoDatabase> {
  const own = new URL(server);
  own.pathname = `/bench_${randomBytes(5).toString('hex')}`;
  const url = own.href;
  const client = await new MongoClient(url).connect();
  const stop = async (): Promise<void> => {
    await client.db().dropDatabase();
    await client.close();
  };
  try {
    await (await built.mongo()).mongo({ url }).migrate();
    return { url, db: client.db(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Gives everybody a log of `each` entries, as `addEntries` does on PostgreSQL. */
export async function addMongoEntries(db: Db, each: number): Promise<void> {
  const people = await db.collection('tradepost.users').find().sort({ _id: 1 }).toArray();
  const now = Date.now();
  const entries = people.flatMap(({ _id: userId }, rank) =>
    Array.from({ length: each }, (_, index) => {
      const number = index + 1;
      const other = people[(rank + 1 + (number % (people.length - 1))) % people.length];
      return {
        userId,
        number,
        sent: number % 2 === 0,
        tradeId: new UUID().toBinary(),
        cardId: new UUID().toBinary(),
        cardName: `Card ${number}`,
        counterpartyId: other?._id,
        counterpartyUsername: other?.username,
        counterpartyName: other?.name,
        createdAt: new Date(now - (each - number) * 60_000),
      };
    }),
  );
  await db.collection('tradepost.trade_entries').insertMany(entries);
  const counters = people.map(({ _id }) => ({
    updateOne: { filter: { _id }, update: { $set: { lastNumber: each } }, upsert: true },
  }));
  await db.collection('tradepost.trade_counters').bulkWrite(counters);
}
