import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { createPgConfig } from '@electric-sql/pglite/node-postgres';
import pg from 'pg';
import type { CopyableConnector } from '../../../application/ports/driven/storage.js';
import { NothingToCopy } from '../../../application/ports/driven/storage-errors.js';
import type { Listen } from '../postgres/connections.js';
import type { PostgresConnection } from '../postgres/postgres-connector.js';
import { postgresConnector } from '../postgres/postgres-connector.js';
import { DEFAULT_SCHEMA, schemaNamed } from '../postgres/schema.js';
import { lockDirectory } from './directory-lock.js';
import { initialise } from './initialise.js';

export interface EmbeddedOptions {
  /** The folder of the data. It is created where it does not exist. One process at a time can hold it. */
  readonly directory: string;
}

/**
 * PostgreSQL inside this process (PGlite), with its files in a folder: the default, for trying things out and for small
 * installations. Everything above the pool is the PostgreSQL adapter.
 */
export function embedded({ directory }: EmbeddedOptions): CopyableConnector {
  const path = resolve(directory);
  const connector = postgresConnector({
    description: `embedded ${directory}`,
    schema: schemaNamed(DEFAULT_SCHEMA),
    connect: () => connect(path),
  });
  return {
    ...connector,
    inspect: async () =>
      existsSync(dataFolder(path))
        ? connector.inspect()
        : { ok: true, detail: `nothing in ${path} yet; the first start creates a database there` },
    copying: {
      ...connector.copying,
      openArchive: async () => {
        if (!existsSync(dataFolder(path))) throw new NothingToCopy(`there is no database in ${path}`);
        return connector.copying.openArchive();
      },
    },
  };
}

const dataFolder = (directory: string): string => join(directory, 'data');

// 16 MB of page cache instead of 128: all of it is memory of this process from the start, and the operating system
// caches the files as well.
const SETTINGS = ['-c', 'shared_buffers=16MB'];

/** Uses PGlite's own method, because a LISTEN on the pool's connection breaks that connection. */
const listenOn =
  (database: PGlite): Listen =>
  (channel, { onPayload, onGap }) => {
    const listening = database.listen(channel, onPayload).then(unlisten => {
      onGap();
      return unlisten;
    });
    // Fails where the database has been closed since; then there is nothing left to listen to.
    listening.catch(() => undefined);
    return () => void listening.then(unlisten => unlisten()).catch(() => undefined);
  };

async function connect(directory: string): Promise<PostgresConnection> {
  const lock = await lockDirectory(directory);
  try {
    const data = dataFolder(directory);
    await initialise(data);
    const database = await PGlite.create(data, { startParams: [...PGlite.defaultStartParams, ...SETTINGS] });
    // PostgreSQL in single-user mode has one connection.
    const pool = new pg.Pool({ ...createPgConfig(database), max: 1, idleTimeoutMillis: 0 });
    const close = async () => {
      await pool.end();
      await database.close();
      await lock.release();
    };
    return { pool, listen: listenOn(database), isShared: false, close };
  } catch (error) {
    await lock.release();
    throw error;
  }
}
