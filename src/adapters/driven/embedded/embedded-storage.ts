import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { constants, existsSync, readdirSync } from 'node:fs';
import { cp, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { CopyableConnector, StorageHealth } from '../../../application/ports/driven/storage.js';
import {
  DataFolderDamaged,
  DataFolderUnusable,
  NothingToCopy,
  StoreVanished,
} from '../../../application/ports/driven/storage-errors.js';
import { unusable } from '../../../application/storage-kit/index.js';
import { pg } from '../../../peers/pg.js';
import { createPgConfig, PGlite } from '../../../peers/pglite.js';
import type { PostgresConnection } from '../postgres/postgres-connector.js';
import { postgresConnector } from '../postgres/postgres-connector.js';
import { DEFAULT_SCHEMA, schemaNamed } from '../postgres/schema.js';
import { LOCK_NAME, lockDirectory, refuseHeld } from './directory-lock.js';
import { refuseFullDisk } from './folder-rights.js';
import { listenOn } from './listening.js';
import { OwnedFiles } from './owned-files.js';
import { checkContents, checkFolder, createFolder, makePrivate } from './private-files.js';

/** Options of `embedded`. */
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
  const connectorOn = (connect: () => Promise<PostgresConnection>) =>
    postgresConnector({ description: `embedded ${directory}`, schema: schemaNamed(DEFAULT_SCHEMA), connect });
  const connector = connectorOn(() => connect(path));
  return {
    ...connector,
    inspect: async () => {
      try {
        const unreadable = await checkStart(path);
        if (unreadable !== undefined) return { ok: true, detail: `the next start makes ${unreadable} readable` };
        return hasData(path)
          ? await inspectCopy(path, connectorOn)
          : { ok: true, detail: `nothing in ${path} yet; the first start creates a database there` };
      } catch (error) {
        return unusable(error);
      }
    },
    copying: {
      ...connector.copying,
      openArchive: async () => {
        if (!hasData(path)) throw new NothingToCopy(`there is no database in ${path}`);
        return connector.copying.openArchive();
      },
    },
  };
}

const dataFolder = (directory: string): string => join(directory, 'data');

/** A folder that this user may not read counts as one with data: opening it reports why it is refused. */
function hasData(directory: string): boolean {
  try {
    return readdirSync(directory).includes(basename(dataFolder(directory)));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOENT';
  }
}

/** The entries of the folder that this adapter makes. Others that share the folder keep their modes. */
const isMadeHere = (name: string): boolean => /^data(?:\.|$)/.test(name) || name.startsWith(LOCK_NAME);

// 16 MB of page cache instead of 128: all of it is memory of this process from the start, and the operating system
// caches the files as well.
const SETTINGS = ['-c', 'shared_buffers=16MB'];

async function connect(directory: string): Promise<PostgresConnection> {
  createFolder(directory);
  const lock = await lockDirectory(directory);
  try {
    makePrivate(directory, isMadeHere);
    const data = dataFolder(directory);
    refuseDamaged(data);
    await initialise(data);
    const database = await startDatabase(data, data);
    const pool = poolOf(database);
    // Files that are open can still be used after they were removed, so PGlite would not notice.
    const checkFiles = async () => {
      if (!(await lock.isHeld()) || !existsSync(join(data, 'PG_VERSION'))) throw new StoreVanished(directory);
    };
    const close = async () => {
      const outcomes = await Promise.allSettled([checkFiles()]);
      // Writing its files fails where their folder is gone. The first failure is the one to report.
      for (const step of [() => pool.end(), () => database.close(), () => lock.release()]) {
        outcomes.push(...(await Promise.allSettled([step()])));
      }
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    };
    return {
      pool,
      listen: listenOn(database, pool),
      abandoned: null,
      databaseOptions: {},
      isShared: false,
      checkFiles,
      close,
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Starts PostgreSQL on the files of `data`. Errors name them `name`. @throws DataFolderDamaged */
async function startDatabase(data: string, name: string): Promise<PGlite> {
  try {
    return await PGlite.create({
      fs: new OwnedFiles(data),
      startParams: [...PGlite.defaultStartParams, ...SETTINGS],
    });
  } catch (cause) {
    throw new DataFolderDamaged(name, 'PostgreSQL does not start with its files', { cause });
  }
}

/** PostgreSQL in single-user mode has one connection. */
const poolOf = (database: PGlite): pg.Pool =>
  new pg.Pool({ ...createPgConfig(database), max: 1, idleTimeoutMillis: 0 });

/**
 * Files without their version are refused, because PGlite would make a new, empty database of them. An empty folder, as
 * a volume that was just mounted, gets one.
 *
 * @throws DataFolderDamaged
 */
function refuseDamaged(data: string): void {
  if (existsSync(data) && readdirSync(data).length > 0 && !existsSync(join(data, 'PG_VERSION'))) {
    throw new DataFolderDamaged(data, 'PG_VERSION is missing');
  }
}

/**
 * Everything that opening the folder checks before it writes to it. Changes nothing. Returns a file that its owner cannot
 * read before opening the folder gives it another mode, if there is one.
 *
 * @throws StorageError
 */
async function checkStart(directory: string): Promise<string | undefined> {
  checkFolder(directory);
  if (!hasData(directory)) refuseFullDisk(directory);
  if (!existsSync(directory)) return undefined;
  await refuseHeld(directory);
  const found = checkContents(directory, isMadeHere);
  refuseDamaged(dataFolder(directory));
  return process.getuid?.() === 0 ? undefined : found.find(({ stats }) => (stats.mode & 0o400) === 0)?.path;
}

/** Inspects a copy, because PostgreSQL writes to its files when it starts. The copy is removed afterwards. */
async function inspectCopy(
  directory: string,
  connectorOn: (connect: () => Promise<PostgresConnection>) => CopyableConnector,
): Promise<StorageHealth> {
  const scratch = await mkdtemp(join(tmpdir(), 'tradepost-inspection-'));
  try {
    await cp(dataFolder(directory), dataFolder(scratch), { recursive: true, mode: constants.COPYFILE_FICLONE });
    const connectToCopy = async (): Promise<PostgresConnection> => {
      const database = await startDatabase(dataFolder(scratch), dataFolder(directory));
      const pool = poolOf(database);
      const close = async () => {
        await pool.end();
        await database.close();
      };
      return { pool, close, listen: listenOn(database, pool), abandoned: null, databaseOptions: {}, isShared: false };
    };
    const found = await connectorOn(connectToCopy).inspect();
    // A server that was started during the copy makes it inconsistent.
    await refuseHeld(directory);
    return found;
  } finally {
    await rm(scratch, { recursive: true, force: true });
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
  refuseFullDisk(dirname(data));
  const unfinished = `${data}.unfinished-${randomUUID()}`;
  const module = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  try {
    await promisify(execFile)(process.execPath, ['-e', SOURCE, module, unfinished]);
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    const reason = /^\w*Error: .*$/m.exec(stderr)?.[0] ?? 'its process was ended';
    throw new DataFolderUnusable(
      dirname(data),
      `the files of a new database could not be made (${reason})`,
      'Creating them takes 1 GB of memory and 64 MiB of free space, once; start again with both',
    );
  }
  makePrivate(dirname(data), name => name === basename(unfinished));
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
