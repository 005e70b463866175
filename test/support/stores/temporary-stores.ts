import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import pg from 'pg';
import { afterAll, inject } from 'vitest';

/** URLs of empty stores, for DATABASE_URL. All are deleted after the tests of the file. */
export interface Stores {
  /** Creates a database. */
  postgres(): Promise<string>;
  /** The URL of a database that does not exist yet; MongoDB creates it with the first write. */
  mongo(): string;
  /** The URL of a directory that does not exist yet. */
  embedded(): string;
}

const newName = (): string => `stores_${randomBytes(6).toString('hex')}`;

export function temporaryStores(): Stores {
  const postgresUrl = inject('postgresUrl');
  const mongoUrl = inject('mongoUrl');
  const root = mkdtempSync(join(tmpdir(), 'tradepost-stores-'));
  const made = { postgres: [] as string[], mongo: [] as string[] };

  afterAll(async () => {
    rmSync(root, { recursive: true, force: true });
    for (const name of made.postgres) await onServer(postgresUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    if (mongoUrl === null) return;
    const client = new MongoClient(mongoUrl);
    for (const name of made.mongo) await client.db(name).dropDatabase();
    await client.close();
  });

  return {
    postgres: async () => {
      const name = newName();
      made.postgres.push(name);
      await onServer(postgresUrl, `CREATE DATABASE ${name}`);
      return withPath(postgresUrl, name);
    },
    mongo: () => {
      if (mongoUrl === null) throw new Error('there is no MongoDB: use describeMongo');
      const name = newName();
      made.mongo.push(name);
      return withPath(mongoUrl, name);
    },
    embedded: () => `file:${join(root, newName())}`,
  };
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

/** Returns the URL of another database on the same server. */
const withPath = (url: string, name: string): string => url.replace(/^([a-z+]+:\/\/[^/?]+)(?:\/[^?]*)?/, `$1/${name}`);

/** Creates a PostgreSQL database. `drop` deletes it, connections or not. */
export async function freshDatabase(url: string, name: string): Promise<{ url: string; drop(): Promise<void> }> {
  await onServer(url, `CREATE DATABASE ${name}`);
  return { url: withPath(url, name), drop: () => onServer(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}
