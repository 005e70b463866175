import { MongoClient } from 'mongodb';

/** Rejects unless a MongoDB server answers there. */
export const connectOnce = async (url: string): Promise<void> => {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 5_000 });
  try {
    await client.db().command({ ping: 1 });
  } finally {
    await client.close();
  }
};
