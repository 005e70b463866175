import type { IdempotencyClaim, IdempotencyRecords, Replayed } from '../../../application/ports/driven/idempotency.js';
import type { Id } from '../../../domain/id.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import type { Collections } from './collections.js';
import type { Database } from './database.js';
import { isDuplicate } from './failures.js';
import { atMost, equals, oneOf, where } from './filter.js';
import { date, timestampOf, uuid } from './types.js';

type RecordDocument = Collections['idempotency_records'];

export class MongoIdempotencyRecords implements IdempotencyRecords {
  constructor(private readonly database: Database) {}

  /** `Answer` is the answer of the operation that the request names. Requests of two operations are never equal. */
  async find<Answer>(userId: Id, { key }: IdempotencyClaim): Promise<Replayed<Answer> | null> {
    const found = await this.database.query(access =>
      access.findOne(where('idempotency_records', { userId: equals(uuid(userId)), key: equals(key) })),
    );
    return found && { outcome: 'replayed', request: found.request, answer: JSON.parse(found.answer) as Answer };
  }

  async removeExpired(before: Timestamp, limit: number): Promise<number> {
    const expired = where('idempotency_records', { claimedAt: atMost(date(before)) });
    return this.database.query(async access => {
      const found = await access.find(expired, { sort: { claimedAt: 1 }, limit });
      const ids = found.flatMap(({ _id }) => _id ?? []);
      return ids.length === 0 ? 0 : access.remove(where('idempotency_records', { _id: oneOf(ids) }));
    });
  }
}

/** Whether another write has used the claim's key. The whole transaction is rolled back then. */
export const isKeyTaken = (error: unknown): boolean => isDuplicate(error, 'userId', 'key');

export const claimOf = ({ key, request, claimedAt }: RecordDocument): IdempotencyClaim => ({
  key,
  request,
  claimedAt: timestampOf(claimedAt),
});

/** The answer is stored as JSON text, so that it is read back exactly as it was given. */
export const recordOf = (
  userId: Id,
  { key, request, claimedAt }: IdempotencyClaim,
  answer: unknown,
): RecordDocument => ({
  userId: uuid(userId),
  key,
  request,
  answer: JSON.stringify(answer),
  claimedAt: date(claimedAt),
});
