import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { createPgConfig } from '@electric-sql/pglite/node-postgres';
import pg from 'pg';
import { NothingToCopy } from '../../../application/copy/refusals.js';
import type { StorageConnector } from '../../../application/ports/driven/storage.js';
import type { Listen } from '../postgres/listen.js';
import type { PostgresConnection } from '../postgres/postgres-connector.js';
import { postgresConnector } from '../postgres/postgres-connector.js';
import { DEFAULT_SCHEMA, schemaNamed } from '../postgres/schema.js';
import { lockDirectory } from './directory-lock.js';
import { initialise } from './initialise.js';

export interface EmbeddedOptions {
  /** Where the data is kept; made where it does not exist. One process at a time can hold it. */
  readonly directory: string;
}

/**
 * PostgreSQL inside this process (PGlite), with its files in a directory: the default for trying things out and for
 * small installations. Everything above the pool is the PostgreSQL adapter.
 */
export function embedded({ directory }: EmbeddedOptions): StorageConnector {
  const path = resolve(directory);
  const connector = postgresConnector({
    description: `embedded ${directory}`,
    schema: schemaNamed(DEFAULT_SCHEMA),
    connect: () => connect(path),
  });
  return {
    ...connector,
    inspect: async () =>
      existsSync(dataOf(path))
        ? connector.inspect()
        : { ok: true, detail: `nothing in ${path} yet; the first start makes a database there` },
    openArchive: async () => {
      if (!existsSync(dataOf(path))) throw new NothingToCopy(`there is no database in ${path}`);
      return connector.openArchive();
    },
  };
}

const dataOf = (directory: string): string => join(directory, 'data');

// 16 MB of page cache instead of 128: the whole of it is memory of this process from the start, and the operating
// system caches the files besides.
const SETTINGS = ['-c', 'shared_buffers=16MB'];

/** By PGlite's own way: a LISTEN on the pool's connection breaks that connection. */
const listenOf =
  (database: PGlite): Listen =>
  (channel, { onPayload, onGap }) => {
    const listening = database.listen(channel, onPayload).then(unlisten => {
      onGap();
      return unlisten;
    });
    // Closed meanwhile; then there is nothing to hear any more.
    listening.catch(() => undefined);
    return () => void listening.then(unlisten => unlisten()).catch(() => undefined);
  };

async function connect(directory: string): Promise<PostgresConnection> {
  const lock = await lockDirectory(directory);
  try {
    const data = dataOf(directory);
    await initialise(data);
    const database = await PGlite.create(data, { startParams: [...PGlite.defaultStartParams, ...SETTINGS] });
    // One connection is all there is: PostgreSQL in single-user mode.
    const pool = new pg.Pool({ ...createPgConfig(database), max: 1, idleTimeoutMillis: 0 });
    const close = async () => {
      await pool.end();
      await database.close();
      await lock.release();
    };
    return { pool, listen: listenOf(database), close };
  } catch (error) {
    await lock.release();
    throw error;
  }
}
