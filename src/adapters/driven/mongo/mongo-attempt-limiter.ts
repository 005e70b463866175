import type { Document } from 'mongodb';
import type { Attempt, AttemptLimiter } from '../../../application/ports/driven/attempt-limiter.js';
import { type AttemptLimit, MAX_DOUBLINGS } from '../../../domain/attempt-limit.js';
import { StorageUnavailable } from '../../../domain/errors.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import type { Collections } from './collections.js';
import type { Database } from './database.js';
import { isDuplicate } from './failures.js';
import { atMost, equals, oneOf, scalar, scalars, where } from './filter.js';
import { date, timestampOf } from './types.js';

type AttemptDocument = Collections['attempts'];

/** Counts with update pipelines, because MongoDB reads, decides and writes a document with one in a single step. */
export class MongoAttemptLimiter implements AttemptLimiter {
  constructor(private readonly database: Database) {}

  async reserve(attempts: readonly Attempt[], now: Timestamp): Promise<Timestamp | null> {
    for (const { key, limit } of attempts) {
      const counted = await this.count(key, limit, now);
      if (!counted.admitted) return timestampOf(counted.readyAt);
    }
    return null;
  }

  async release(key: string, now: Timestamp): Promise<void> {
    await this.change(key, [{ $set: { ...uncounted(now), streak: lessOne('$streak') } }]);
  }

  async forgive(key: string, now: Timestamp): Promise<void> {
    await this.change(key, [{ $set: { ...uncounted(now), streak: 0 } }]);
  }

  async removeExpired(before: Timestamp, limit: number): Promise<number> {
    const expired = where('attempts', { expiresAt: atMost(date(before)) });
    return this.database.query(async access => {
      const found = await access.find(expired, { sort: { expiresAt: 1 }, limit });
      if (found.length === 0) return 0;
      // Again with the time, because an attempt may have renewed a count since.
      return access.remove(where('attempts', { _id: oneOf(found.map(({ _id }) => _id)) }).and(expired));
    });
  }

  /**
   * Creates a missing document first and counts then, instead of both in an upsert: DocumentDB answers simultaneous
   * upserts each with the document it would have inserted, so that all of them would believe to be the first.
   */
  private async count(key: string, limit: AttemptLimit, now: Timestamp): Promise<AttemptDocument> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const counted = await this.countExisting(key, limit, now);
      if (counted) return counted;
      await this.create(key);
    }
    // Only where each new document was swept before it was counted.
    throw new StorageUnavailable({ cause: 'the count of attempts was removed while it was created' });
  }

  private countExisting(key: string, limit: AttemptLimit, now: Timestamp): Promise<AttemptDocument | null> {
    return this.database.query(access =>
      access.findAndUpdateByStages(where('attempts', { _id: equals(key) }), countingStages(limit, now)),
    );
  }

  private async create(key: string): Promise<void> {
    try {
      await this.database.query(access => access.insert('attempts', { _id: key, ...EXPIRED }));
    } catch (error) {
      // A simultaneous attempt has created it.
      if (!isDuplicate(error, '_id')) throw error;
    }
  }

  private async change(key: string, stages: readonly Document[]): Promise<void> {
    await this.database.query(access => access.updateByStages(where('attempts', { _id: equals(key) }), stages));
  }
}

const MAX_TRIES = 5;

/** Expired for every clock, because those of two processes may differ. */
const EXPIRED = { streak: 0, total: 0, readyAt: new Date(0), expiresAt: new Date(0), admitted: false };

const lessOne = (field: string): Document => ({ $max: [0, { $subtract: [field, 1] }] });

const uncounted = (now: Timestamp): Document => ({
  total: lessOne('$total'),
  readyAt: { $min: ['$readyAt', scalar(date(now))] },
});

/** The same computation as `countAttempt`. A new document has expired at once. */
function countingStages(given: AttemptLimit, now: Timestamp): Document[] {
  const { free, firstDelay, longestDelay, most, period, renews } = scalars({ ...given });
  const at = scalar(date(now));
  const later = (seconds: Document | number): Document => ({ $add: [at, { $toLong: { $multiply: [seconds, 1000] } }] });
  const isPast = (field: string): Document => ({ $lte: [field, at] });
  const doublings = { $min: [{ $subtract: ['$streak', free] }, MAX_DOUBLINGS] };
  const delay = { $min: [longestDelay, { $multiply: [firstDelay, { $pow: [2, doublings] }] }] };
  const ifAdmitted = (field: string, value: Document): Document => ({
    [field]: { $cond: ['$admitted', value, `$${field}`] },
  });
  const next = (field: string): Document => ({ $cond: ['$expired', 1, { $add: [`$${field}`, 1] }] });
  const renewed = renews ? later(period) : { $cond: ['$expired', later(period), '$expiresAt'] };
  return [
    { $set: { expired: isPast('$expiresAt') } },
    { $set: { admitted: { $or: ['$expired', isPast('$readyAt')] } } },
    { $set: { ...ifAdmitted('streak', next('streak')), ...ifAdmitted('total', next('total')) } },
    { $set: ifAdmitted('expiresAt', renewed) },
    {
      $set: ifAdmitted('readyAt', {
        $cond: [{ $gte: ['$total', most] }, '$expiresAt', { $cond: [{ $lt: ['$streak', free] }, at, later(delay)] }],
      }),
    },
    { $unset: 'expired' },
  ];
}
