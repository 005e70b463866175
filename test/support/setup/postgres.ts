import { Client } from 'pg';

/** Rejects unless a PostgreSQL responds at the URL. Runs a query, because a starting server accepts connections. */
export const connectOnce = async (url: string): Promise<void> => {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // The pending query reports the error. Without a listener the event would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('select 1');
  } finally {
    await client.end();
  }
};

/**
 * No durability, because the data is deleted after the tests. More than the default of 100 connections, because test
 * files run in parallel, each with its own pools. One time zone, so that every server returns the same text.
 */
const settings = [
  'fsync=off',
  'synchronous_commit=off',
  'full_page_writes=off',
  'max_connections=300',
  'timezone=UTC',
] as const;

/** `extra` are settings of the form `name=value` that override those above. */
export const postgresArguments = (extra: readonly string[] = []): string[] =>
  [...settings, ...extra].flatMap(setting => ['-c', setting]);
