import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { StoreInUse, StoreNotLockable } from '../../../application/ports/driven/storage-errors.js';
import { createComplete } from './private-files.js';

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process started, to detect that its number was reused; null where the system does not report it. */
  readonly startedAt: string | null;
  /** Distinguishes two locks of one process. */
  readonly nonce: string;
}

/** The content of a lock that cannot be read, such as after a power cut. No process holds it. */
const DAMAGED = 'damaged';

/** Milliseconds. */
const HEARTBEAT = 5_000;
const STALE_AFTER = 4 * HEARTBEAT;

/** Error codes of file systems that have no hard links. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/** All locks of a folder have names that start like this. */
export const LOCK_NAME = 'tradepost.lock';

export interface DirectoryLock {
  /** Whether the lock's file is still there and this lock's: false where the directory was removed or replaced. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

/**
 * Locks a directory, which must exist, for one process, because two writers would destroy the database's files and
 * nothing else prevents them. The lock ends with its process, however that ends: the lock of a dead process is ignored,
 * and the lock of a process on another machine (a shared volume) is ignored once its heartbeat stops.
 *
 * @throws StoreInUse, StoreNotLockable
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const path = join(directory, LOCK_NAME);
  const self: Holder = {
    pid: process.pid,
    host: hostname(),
    startedAt: await startTimeOf(process.pid),
    nonce: randomUUID(),
  };
  await acquire(path, self, directory);

  const heartbeat = setInterval(() => utimes(path, new Date(), new Date()).catch(() => undefined), HEARTBEAT);
  heartbeat.unref();
  await removeLeftovers(path);
  const isHeld = async (): Promise<boolean> => (await contentOf(path))?.nonce === self.nonce;
  return {
    isHeld,
    release: async () => {
      clearInterval(heartbeat);
      if (await isHeld()) await rm(path, { force: true });
    },
  };
}

/** Reads the lock and changes nothing. @throws StoreInUse where a process holds the directory */
export async function refuseHeld(directory: string): Promise<void> {
  const path = join(directory, LOCK_NAME);
  const found = await contentOf(path);
  if (found?.holder && (await isHolding(found.holder, path))) throw new StoreInUse(directory, found.holder);
}

/**
 * Creates the lock at `path`, or replaces it if its holder has ended. To replace the lock with the nonce N, a process
 * must hold the lock `<path>.N`, which is acquired in the same way. A nonce is never used twice, so while a process
 * holds `<path>.N`, no other process can replace N, and N cannot return after it was replaced.
 */
async function acquire(path: string, self: Holder, directory: string): Promise<void> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    if (await create(path, self, directory)) return;
    const found = await contentOf(path);
    if (found === null) continue;
    if (found.holder && (await isHolding(found.holder, path))) throw new StoreInUse(directory, found.holder);
    if (await replace(path, found.nonce, self, directory)) return;
  }
  throw new StoreNotLockable(directory, 'because other processes keep trying to. Start one process only.');
}

async function create(path: string, self: Holder, directory: string): Promise<boolean> {
  try {
    return await createComplete(path, JSON.stringify(self));
  } catch (error) {
    if (!NO_LINKS.includes(codeOf(error))) throw error;
    throw new StoreNotLockable(
      directory,
      `because its file system cannot make hard links (${codeOf(error)}). Choose a folder on another file system.`,
    );
  }
}

/** Returns false if the lock is no longer the stale one. */
async function replace(path: string, stale: string, self: Holder, directory: string): Promise<boolean> {
  const permission = `${dirname(path)}/${LOCK_NAME}.${stale}`;
  await acquire(permission, self, directory);
  if ((await contentOf(path))?.nonce === stale) {
    await rename(permission, path).catch(ignore('ENOENT'));
    // A process that was suspended until its heartbeat counted as stopped may have lost the permission.
    if ((await contentOf(path))?.nonce === self.nonce) return true;
  }
  if ((await contentOf(permission))?.nonce === self.nonce) await rm(permission, { force: true });
  return false;
}

/** Removes what processes left that were killed while they acquired this lock. Only the holder calls it. */
async function removeLeftovers(path: string): Promise<void> {
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(`${basename(path)}.`)) continue;
    const leftover = join(dirname(path), name);
    const content = await contentOf(leftover);
    if (content === null) continue;
    const isInUse = content.holder ? await isHolding(content.holder, leftover) : await isRecent(leftover);
    if (!isInUse) await rm(leftover, { force: true });
  }
}

/** Returns null if there is no lock. */
async function contentOf(path: string): Promise<{ readonly nonce: string; readonly holder: Holder | null } | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    ignore('ENOENT')(error);
    return null;
  }
  try {
    const holder = JSON.parse(text) as Holder;
    return { nonce: holder.nonce, holder };
  } catch {
    return { nonce: DAMAGED, holder: null };
  }
}

async function isHolding(holder: Holder, path: string): Promise<boolean> {
  if (holder.host !== hostname()) return isRecent(path);
  if (!isRunning(holder.pid)) return false;
  const startedAt = await startTimeOf(holder.pid);
  // A system can hide processes of other users. Then their number has to suffice.
  if (holder.startedAt === null || startedAt === null) return isRunning(holder.pid);
  return holder.startedAt === startedAt;
}

async function isRecent(path: string): Promise<boolean> {
  const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: 0 }));
  return Date.now() - mtimeMs < STALE_AFTER;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Field 22 of /proc/PID/stat, in ticks since boot. Counted from the end of the name, which may contain anything. */
async function startTimeOf(pid: number): Promise<string | null> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return line?.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

const codeOf = (error: unknown): string => String((error as NodeJS.ErrnoException).code);

const ignore =
  (code: string) =>
  (error: unknown): void => {
    if (codeOf(error) !== code) throw error;
  };
