import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { chmodSync, lstatSync, mkdirSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { link, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DataFolderUnsafe } from '../../../application/ports/driven/storage-errors.js';
import { refuseBlockedPath, refuseMissingRights } from './folder-rights.js';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
const WRITABLE_BY_OTHERS = 0o002;
const REACHABLE_BY_OTHERS = 0o001;
const STICKY = 0o1000;

/** Null on Windows, where folders inherit access lists and modes mean nothing. */
const ownId = (): number | null => process.getuid?.() ?? null;

const statsOf = (path: string): Stats | null => lstatSync(path, { throwIfNoEntry: false }) ?? null;

/**
 * Checks that the folder, an absolute path, can be used, or created where it does not exist: it must belong to this user,
 * who can read and write it, and no other user may have been able to put files into it or to exchange it. Changes nothing.
 *
 * @throws DataFolderUnusable, DataFolderUnsafe
 */
export function checkFolder(directory: string): void {
  refuseBlockedPath(directory);
  if (ownId() !== null) {
    const folder = statsOf(directory);
    if (folder) checkPrivate(directory, folder);
    checkParents(directory);
  }
  refuseMissingRights(directory);
}

/**
 * Creates the folder, an absolute path, with the mode 0700 whatever the umask, or checks one that exists.
 *
 * @throws DataFolderUnusable, DataFolderUnsafe
 */
export function createFolder(directory: string): void {
  checkFolder(directory);
  if (ownId() === null) mkdirSync(directory, { recursive: true });
  else if (mkdirSync(directory, { recursive: true, mode: FOLDER_MODE }) !== undefined) {
    chmodSync(directory, FOLDER_MODE);
  }
}

/**
 * Gives the folder the mode 0700, and the entries of it that `isOurs` selects, with all below them, 0700 or 0600.
 * Changes nothing if one of them is refused. Blocks for some milliseconds.
 *
 * @throws DataFolderUnsafe
 */
export function makePrivate(directory: string, isOurs: (name: string) => boolean): void {
  for (const { path, stats } of checkContents(directory, isOurs)) {
    const mode = stats.isDirectory() ? FOLDER_MODE : FILE_MODE;
    if ((stats.mode & 0o7777) === mode) continue;
    chmodSync(path, mode);
    if ((lstatSync(path).mode & 0o077) !== 0) {
      throw new DataFolderUnsafe(
        path,
        'is on a file system that does not keep permissions',
        'Choose a folder on another file system',
      );
    }
  }
}

interface Found {
  readonly path: string;
  readonly stats: Stats;
}

/**
 * Checks that the folder and the entries of it that `isOurs` selects, with all below them, belong to this user and could
 * not be written by others. Returns them all; none on Windows. Changes nothing.
 *
 * @throws DataFolderUnsafe
 */
export function checkContents(directory: string, isOurs: (name: string) => boolean): Found[] {
  if (ownId() === null) return [];
  const folder = lstatSync(directory);
  const found: Found[] = [{ path: directory, stats: folder }];
  for (const name of readdirSync(directory).filter(isOurs)) {
    collect(join(directory, name), (folder.mode & REACHABLE_BY_OTHERS) !== 0, found);
  }
  return found;
}

function collect(path: string, isReachable: boolean, found: Found[]): void {
  const stats = lstatSync(path);
  checkKind(path, stats);
  checkOwner(path, stats);
  // In a folder that is closed to others, modes of files gave nothing away.
  if (isReachable) checkWriters(path, stats);
  found.push({ path, stats });
  if (!stats.isDirectory()) return;
  for (const name of readdirSync(path)) {
    collect(join(path, name), isReachable && (stats.mode & REACHABLE_BY_OTHERS) !== 0, found);
  }
}

function checkPrivate(directory: string, folder: Stats): void {
  checkKind(directory, folder);
  checkOwner(directory, folder);
  checkWriters(directory, folder);
}

function checkKind(path: string, stats: Stats): void {
  if (!stats.isSymbolicLink()) return;
  throw new DataFolderUnsafe(path, 'is a symbolic link', `Use what it points to instead: ${targetOf(path)}`);
}

function targetOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return 'nothing that exists';
  }
}

function checkOwner(path: string, { uid }: Stats): void {
  const own = ownId();
  if (uid === own) return;
  throw new DataFolderUnsafe(
    path,
    `belongs to the user with the id ${uid}, and this process runs as ${own}`,
    `Run Tradepost as that user, choose another folder, or run: chown -R ${own} ${path}`,
  );
}

function checkWriters(path: string, { mode }: Stats): void {
  if ((mode & WRITABLE_BY_OTHERS) === 0) return;
  throw new DataFolderUnsafe(
    path,
    'can be written by every user of this machine',
    `Make sure that its content is yours, then run: chmod -R go= ${path}`,
  );
}

/**
 * In a folder that others can write to, they can exchange ours, unless its sticky bit is set (as that of /tmp is). Links
 * of root, such as /tmp on macOS, and of this user are followed.
 */
function checkParents(directory: string): void {
  const parent = dirname(directory);
  const mode = statSync(parent, { throwIfNoEntry: false })?.mode ?? 0;
  if ((mode & WRITABLE_BY_OTHERS) !== 0 && (mode & STICKY) === 0) {
    throw new DataFolderUnsafe(
      directory,
      `is in ${parent}, where every user of this machine can replace it`,
      `Choose another folder, or run: chmod o-w ${parent}`,
    );
  }
  for (let path = parent; path !== dirname(path); path = dirname(path)) {
    const stats = statsOf(path);
    if (!stats?.isSymbolicLink() || stats.uid === 0 || stats.uid === ownId()) continue;
    throw new DataFolderUnsafe(
      directory,
      `is reached through ${path}, a symbolic link of the user with the id ${stats.uid}`,
      `Use what it points to instead: ${targetOf(directory)}`,
    );
  }
}

/**
 * Creates a file with the mode 0600, whatever the umask, and its whole content at once: no process ever sees a part of
 * it. Returns false if there is a file already.
 */
export async function createComplete(path: string, content: string): Promise<boolean> {
  const aside = `${path}.${randomUUID()}.new`;
  try {
    const file = await open(aside, 'wx', FILE_MODE);
    try {
      await file.chmod(FILE_MODE);
      await file.writeFile(content);
    } finally {
      await file.close();
    }
    await link(aside, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(aside, { force: true });
  }
}
