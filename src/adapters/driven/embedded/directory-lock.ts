import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process started, to tell it from a later one under the same number; null where the system does not say. */
  readonly startedAt: string | null;
  /** Tells two holds of one process apart. */
  readonly nonce: string;
}

const HEARTBEAT = 5_000;
const STALE_AFTER = 4 * HEARTBEAT;

/**
 * Holds a directory for one process. The database's files do not survive two writers, and nothing else keeps a second
 * one out. The hold ends with the process, however it ends: one that is known to be gone does not count, and one on
 * another machine (a shared volume) counts while its heartbeat goes on.
 */
export async function lockDirectory(directory: string): Promise<{ release(): Promise<void> }> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'tradepost.lock');
  const self: Holder = {
    pid: process.pid,
    host: hostname(),
    startedAt: await startOf(process.pid),
    nonce: randomUUID(),
  };
  await acquire(path, self, directory);

  const heartbeat = setInterval(() => utimes(path, new Date(), new Date()).catch(() => undefined), HEARTBEAT);
  heartbeat.unref();
  return {
    release: async () => {
      clearInterval(heartbeat);
      if ((await holderOf(path))?.nonce === self.nonce) await rm(path, { force: true });
    },
  };
}

async function acquire(path: string, self: Holder, directory: string): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt += 1) {
    if (await create(path, self)) return;
    const holder = await holderOf(path);
    if (holder && (await isHolding(holder, path))) throw new Error(inUse(directory, holder));
    await putAside(path, holder);
  }
  throw new Error(`The data folder ${directory} could not be locked: others keep trying at the same time.`);
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

/** Two that find the same stale lock do not both remove it: renaming works for one of them. */
async function putAside(path: string, stale: Holder | null): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  // Somebody was faster, and what was moved is their fresh lock: give it back.
  if ((await holderOf(aside))?.nonce !== stale?.nonce) await rename(aside, path);
  else await rm(aside, { force: true });
}

async function holderOf(path: string): Promise<Holder | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch {
    return null; // gone, or torn by a crash while it was written
  }
}

async function isHolding(holder: Holder, path: string): Promise<boolean> {
  if (holder.host !== hostname()) {
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: 0 }));
    return Date.now() - mtimeMs < STALE_AFTER;
  }
  if (!isRunning(holder.pid)) return false;
  return holder.startedAt === (await startOf(holder.pid));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Field 22 of /proc/PID/stat, in ticks since boot; fields are counted behind the name, which may contain anything. */
async function startOf(pid: number): Promise<string | null> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return line?.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

const inUse = (directory: string, { pid, host }: Holder): string =>
  `The data folder ${directory} is in use by process ${pid} on ${host}. One process at a time can hold an embedded ` +
  'database: stop that process, choose another folder, or use a PostgreSQL server (DATABASE_URL=postgres://…).';
