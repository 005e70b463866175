import { Client } from 'pg';

/** Rejects unless a PostgreSQL answers there. An open port is not enough: a starting server refuses queries. */
export const connectOnce = async (url: string): Promise<void> => {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // A server going away also fails the pending query; without a listener the event would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
  } finally {
    await client.end();
  }
};
