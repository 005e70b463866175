import type { Document } from 'mongodb';
import type { Attempt, AttemptLimiter } from '../../../application/ports/driven/attempt-limiter.js';
import { type AttemptLimit, MAX_DOUBLINGS } from '../../../domain/attempt-limit.js';
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

  private async count(key: string, limit: AttemptLimit, now: Timestamp): Promise<AttemptDocument> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.database.query(access =>
          access.upsertByStages(where('attempts', { _id: equals(key) }), countingStages(limit, now)),
        );
      } catch (error) {
        // Of simultaneous first attempts one creates the document. The others find it when they try again.
        if (!isDuplicate(error, '_id') || tries === MAX_TRIES) throw error;
      }
    }
  }

  private async change(key: string, stages: readonly Document[]): Promise<void> {
    await this.database.query(access => access.updateByStages(where('attempts', { _id: equals(key) }), stages));
  }
}

const MAX_TRIES = 5;

const lessOne = (field: string): Document => ({ $max: [0, { $subtract: [field, 1] }] });

const uncounted = (now: Timestamp): Document => ({
  total: lessOne('$total'),
  readyAt: { $min: ['$readyAt', scalar(date(now))] },
});

/** The same computation as `countAttempt`. A new document has no fields yet, which counts as expired. */
function countingStages(given: AttemptLimit, now: Timestamp): Document[] {
  const { free, firstDelay, longestDelay, most, period, renews } = scalars({ ...given });
  const at = scalar(date(now));
  const later = (seconds: Document | number): Document => ({ $add: [at, { $toLong: { $multiply: [seconds, 1000] } }] });
  const isPast = (field: string): Document => ({ $lte: [{ $ifNull: [field, at] }, at] });
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
