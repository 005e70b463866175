import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Collection, Db } from 'mongodb';
import { type Collections, collectionName } from './collections.js';
import { isDuplicate } from './failures.js';

type Lock = Collections['locks'];

const NAME = 'migrations';

/** Milliseconds. */
const HEARTBEAT = 2_000;
const STALE_AFTER = 5 * HEARTBEAT;
const LOOK_EVERY = 50;
const LONGEST_WAIT = 600_000;

/**
 * Runs `work` while nobody else runs theirs. The lock is a document, whose holder counts its `beat` up. Whoever waits and
 * sees it stand still for a while takes it over: the holder is gone. Only the waiting process's own clock is asked, so
 * clocks that are apart do no harm.
 */
export async function withMigrationLock<Result>(db: Db, work: () => Promise<Result>): Promise<Result> {
  const locks = db.collection<Lock>(collectionName('locks'));
  const holder = randomUUID();
  await acquire(locks, holder);
  const heartbeat = setInterval(() => {
    locks.updateOne({ _id: NAME, holder }, { $inc: { beat: 1 } }).catch(() => undefined);
  }, HEARTBEAT);
  heartbeat.unref();
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    await locks.deleteOne({ _id: NAME, holder });
  }
}

async function acquire(locks: Collection<Lock>, holder: string): Promise<void> {
  const started = performance.now();
  let seen: Lock | null = null;
  let since = started;
  while (!(await create(locks, holder))) {
    const now = performance.now();
    if (now - started > LONGEST_WAIT) throw new Error('Another process has been migrating this database for too long.');
    const found: Lock | null = await locks.findOne({ _id: NAME });
    if (found && seen && found.holder === seen.holder && found.beat === seen.beat) {
      if (now - since > STALE_AFTER && (await takeOver(locks, found, holder))) return;
    } else {
      seen = found;
      since = now;
    }
    await pause(LOOK_EVERY);
  }
}

async function create(locks: Collection<Lock>, holder: string): Promise<boolean> {
  try {
    await locks.insertOne({ _id: NAME, holder, beat: 0 });
    return true;
  } catch (error) {
    if (isDuplicate(error, '_id')) return false;
    throw error;
  }
}

/** Of two that wait, one finds the lock as it saw it. */
async function takeOver(locks: Collection<Lock>, { beat, holder: gone }: Lock, holder: string): Promise<boolean> {
  const { matchedCount } = await locks.updateOne(
    { _id: NAME, holder: gone, beat },
    { $set: { holder, beat: beat + 1 } },
  );
  return matchedCount > 0;
}
