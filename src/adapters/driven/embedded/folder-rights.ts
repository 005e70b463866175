import { accessSync, constants, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DataFolderUnusable } from '../../../application/ports/driven/storage-errors.js';

const { R_OK, W_OK, X_OK } = constants;

const ELSEWHERE = 'choose another folder (DATABASE_URL=file:DIRECTORY)';

/** Every folder on the way to the path, the root first, and the path itself. */
function wayTo(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...wayTo(parent), path];
}

/** @throws DataFolderUnusable where a file is in the way of the folder, an absolute path, or a folder cannot be entered */
export function refuseBlockedPath(directory: string): void {
  for (const path of wayTo(directory)) {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (!stats) return;
    if (!stats.isDirectory()) {
      throw new DataFolderUnusable(
        directory,
        `${path} is not a folder (ENOTDIR)`,
        `Move ${path} away, or ${ELSEWHERE}`,
      );
    }
    if (path !== directory) refuse(directory, path, X_OK);
  }
}

/** @throws DataFolderUnusable where this user can neither use the folder nor, if it does not exist, create it */
export function refuseMissingRights(directory: string): void {
  const existing = wayTo(directory).filter(path => statSync(path, { throwIfNoEntry: false }));
  const last = existing.at(-1) ?? directory;
  refuse(directory, last, last === directory ? R_OK | W_OK | X_OK : W_OK | X_OK);
}

function refuse(directory: string, path: string, mode: number): void {
  try {
    accessSync(path, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EROFS') {
      throw new DataFolderUnusable(
        directory,
        `${path} is on a read-only file system (EROFS)`,
        `Mount it for writing, or ${ELSEWHERE}`,
      );
    }
    const user = process.getuid?.();
    throw new DataFolderUnusable(
      directory,
      `the user${user === undefined ? '' : ` with the id ${user}`} may not ${verbOf(mode)} ${path} (${code})`,
      `Give this user the right (chmod or chown), run Tradepost as another user, or ${ELSEWHERE}`,
    );
  }
}

function verbOf(mode: number): string {
  if (mode === X_OK) return 'enter';
  return (mode & R_OK) === 0 ? 'create a folder in' : 'read and write';
}

/** Bytes. An empty database takes 40 MB. */
const LEAST_SPACE = 64 * 1024 * 1024;

/** Checks the space for a new database. @throws DataFolderUnusable */
export function refuseFullDisk(directory: string): void {
  const existing = wayTo(directory).filter(path => statSync(path, { throwIfNoEntry: false }));
  const { bavail, bsize } = statfsSync(existing.at(-1) ?? directory);
  if (bavail * bsize >= LEAST_SPACE) return;
  throw new DataFolderUnusable(
    directory,
    `its file system has less than the ${LEAST_SPACE / 1024 / 1024} MiB of free space that a new database needs`,
    `Free some space, or ${ELSEWHERE}`,
  );
}
