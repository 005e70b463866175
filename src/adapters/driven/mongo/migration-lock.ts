import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Collection, Db } from 'mongodb';
import { MigrationBlocked } from '../../../application/ports/driven/storage-errors.js';
import { type Collections, collectionName } from './collections.js';
import { isDuplicate } from './failures.js';

type Lock = Collections['locks'];

const NAME = 'migrations';

/** Milliseconds. */
const HEARTBEAT = 2_000;
const STALE_AFTER = 5 * HEARTBEAT;
const POLL_INTERVAL = 50;
const LONGEST_WAIT_MINUTES = 10;

/**
 * Runs `work` under a lock that one process holds at a time. The lock is a document whose `beat` the holder keeps
 * increasing. A waiting process that sees no increase for 10 s takes the lock over, because the holder must be gone. Only
 * the clock of the waiting process is used, so differing clocks do no harm.
 *
 * @throws MigrationBlocked after 10 minutes of waiting.
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
    if (now - started > LONGEST_WAIT_MINUTES * 60_000) throw new MigrationBlocked(LONGEST_WAIT_MINUTES);
    const found: Lock | null = await locks.findOne({ _id: NAME });
    if (found && seen && found.holder === seen.holder && found.beat === seen.beat) {
      if (now - since > STALE_AFTER && (await takeOver(locks, found, holder))) return;
    } else {
      seen = found;
      since = now;
    }
    await sleep(POLL_INTERVAL);
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

/** Returns false where another process has taken it over first. */
async function takeOver(locks: Collection<Lock>, { beat, holder: gone }: Lock, holder: string): Promise<boolean> {
  const { matchedCount } = await locks.updateOne(
    { _id: NAME, holder: gone, beat },
    { $set: { holder, beat: beat + 1 } },
  );
  return matchedCount > 0;
}
