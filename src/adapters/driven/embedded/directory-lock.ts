import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { StoreInUse, StoreNotLockable } from '../../../application/ports/driven/storage-errors.js';

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process started, to detect that its number was reused; null where the system does not report it. */
  readonly startedAt: string | null;
  /** Distinguishes two locks of one process. */
  readonly nonce: string;
}

/** Milliseconds. */
const HEARTBEAT = 5_000;
const STALE_AFTER = 4 * HEARTBEAT;

export interface DirectoryLock {
  /** Whether the lock's file is still there and this lock's: false where the directory was removed or replaced. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

/**
 * Locks a directory for one process, because two writers would destroy the database's files and nothing else prevents
 * them. The lock ends with its process, however that ends: the lock of a dead process is ignored, and the lock of a
 * process on another machine (a shared volume) is ignored once its heartbeat stops.
 *
 * @throws StoreInUse, StoreNotLockable
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'tradepost.lock');
  const self: Holder = {
    pid: process.pid,
    host: hostname(),
    startedAt: await startTimeOf(process.pid),
    nonce: randomUUID(),
  };
  await acquire(path, self, directory);

  const heartbeat = setInterval(() => utimes(path, new Date(), new Date()).catch(() => undefined), HEARTBEAT);
  heartbeat.unref();
  const isHeld = async (): Promise<boolean> => (await holderOf(path))?.nonce === self.nonce;
  return {
    isHeld,
    release: async () => {
      clearInterval(heartbeat);
      if (await isHeld()) await rm(path, { force: true });
    },
  };
}

async function acquire(path: string, self: Holder, directory: string): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    if (await create(path, self)) return;
    const holder = await holderOf(path);
    if (holder && (await isHolding(holder, path))) throw new StoreInUse(directory, holder);
    await putAside(path, holder);
  }
  throw new StoreNotLockable(directory);
}

async function create(path: string, holder: Holder): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(JSON.stringify(holder));
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Of two processes that find the same stale lock, only one can rename it. */
async function putAside(path: string, stale: Holder | null): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  // Another process was faster, and this is its new lock: put it back.
  if ((await holderOf(aside))?.nonce !== stale?.nonce) await rename(aside, path);
  else await rm(aside, { force: true });
}

async function holderOf(path: string): Promise<Holder | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch {
    return null; // missing, or damaged by a crash during writing
  }
}

async function isHolding(holder: Holder, path: string): Promise<boolean> {
  if (holder.host !== hostname()) {
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: 0 }));
    return Date.now() - mtimeMs < STALE_AFTER;
  }
  if (!isRunning(holder.pid)) return false;
  return holder.startedAt === (await startTimeOf(holder.pid));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of /proc/PID/stat, in ticks since boot. Counted from the end of the name, which may contain anything. */
async function startTimeOf(pid: number): Promise<string | null> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return line?.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}
