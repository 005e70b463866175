import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
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
    // Fails if the database was closed before. Then nothing has to be stopped.
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
    return { pool, listen: listenOn(database), abandoned: null, databaseOptions: {}, isShared: false, close };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

// As text, so that no bundler or test runner has to find a file. Exits when its standard input ends, which is when the
// process that started it has ended.
const SOURCE = `
const [module, data] = process.argv.slice(1);
process.stdin.resume().on('end', () => process.exit(1));
require(module).PGlite.create(data).then(database => database.close()).then(() => process.exit(0));
`;

/**
 * Creates the database's files where there are none yet. In a separate process, because creating them takes most of a
 * gigabyte, which WebAssembly never returns. Under another name first, so that an incomplete set of files is never taken
 * for a database; under a new name each time, because a process whose parent was killed may continue for a moment.
 */
export async function initialise(data: string): Promise<void> {
  if (existsSync(data)) return;
  await removeUnfinished(data);
  const unfinished = `${data}.unfinished-${randomUUID()}`;
  const module = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  await promisify(execFile)(process.execPath, ['-e', SOURCE, module, unfinished]);
  await rename(unfinished, data);
}

/** Removes the files of interrupted attempts. */
async function removeUnfinished(data: string): Promise<void> {
  const directory = dirname(data);
  for (const name of await readdir(directory)) {
    if (!name.startsWith(`${basename(data)}.unfinished`)) continue;
    await rm(join(directory, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
