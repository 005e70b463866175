import type { IdempotencyClaim, IdempotencyRecords, Replayed } from '../../../application/ports/driven/idempotency.js';
import type { Id } from '../../../domain/id.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import type { Database } from './database.js';
import type { Schema } from './schema.js';
import { writeStatement } from './statement.js';

export class PostgresIdempotencyRecords implements IdempotencyRecords {
  private readonly statements: ReturnType<typeof statements>;

  constructor(
    private readonly database: Database,
    schema: Schema,
  ) {
    this.statements = statements(schema);
  }

  /** `Answer` is the answer of the operation that the request names. Requests of two operations are never equal. */
  async find<Answer>(userId: Id, { key }: IdempotencyClaim): Promise<Replayed<Answer> | null> {
    const found = await this.database.queryOne(this.statements.find, [userId, key]);
    return found as Replayed<Answer> | null;
  }

  async removeExpired(before: Timestamp, limit: number): Promise<number> {
    return (await this.database.query(this.statements.removeExpired, [before, limit])).length;
  }
}

/** From the columns `request, answer` of an outer join: null where there is no record. */
export const replayedOf = ([request, answer]: readonly [string | null, unknown]): Replayed<unknown> | null =>
  request === null ? null : { outcome: 'replayed', request, answer };

function statements({ name: schema, statementName }: Schema) {
  const table = `${schema}.idempotency_records`;
  return {
    // Locks what it finds, for the reason that `recordTradeStatement` gives.
    find: writeStatement(
      statementName('idempotency_find'),
      `SELECT request, answer FROM ${table} WHERE user_id = $1 AND key = $2 FOR KEY SHARE`,
      replayedOf,
    ),
    removeExpired: writeStatement(
      statementName('idempotency_sweep'),
      `DELETE FROM ${table} WHERE (user_id, key) IN (
        SELECT user_id, key FROM ${table} WHERE claimed_at <= $1 ORDER BY claimed_at LIMIT $2 FOR UPDATE SKIP LOCKED
      ) RETURNING 1`,
      () => undefined,
    ),
  };
}
