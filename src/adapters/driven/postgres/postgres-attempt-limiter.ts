import type { Attempt, AttemptLimiter } from '../../../application/ports/driven/attempt-limiter.js';
import { MAX_DOUBLINGS } from '../../../domain/attempt-limit.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import type { Database } from './database.js';
import type { Schema } from './schema.js';
import type { Parameter, Statement } from './statement.js';
import { writeStatement } from './statement.js';

interface Outcome {
  readonly admitted: boolean;
  readonly readyAt: Timestamp;
}

/** Counts in one statement for all attempts, because each is locked, decided and changed in the same step. */
export class PostgresAttemptLimiter implements AttemptLimiter {
  private readonly statements: ReturnType<typeof statements>;
  /** By the number of attempts. */
  private readonly reserving = new Map<number, Statement<Outcome>>();

  constructor(
    private readonly database: Database,
    private readonly schema: Schema,
  ) {
    this.statements = statements(schema);
  }

  async reserve(attempts: readonly Attempt[], now: Timestamp): Promise<Timestamp | null> {
    if (attempts.length === 0) return null;
    const outcomes = await this.database.query(this.reservingOf(attempts.length), [now, ...attempts.flatMap(valuesOf)]);
    return outcomes.find(({ admitted }) => !admitted)?.readyAt ?? null;
  }

  async release(key: string, now: Timestamp): Promise<void> {
    await this.database.query(this.statements.release, [key, now]);
  }

  async forgive(key: string, now: Timestamp): Promise<void> {
    await this.database.query(this.statements.forgive, [key, now]);
  }

  async removeExpired(before: Timestamp, limit: number): Promise<number> {
    return (await this.database.query(this.statements.removeExpired, [before, limit])).length;
  }

  private reservingOf(count: number): Statement<Outcome> {
    const known = this.reserving.get(count);
    if (known) return known;
    const built = reserveStatement(this.schema, count);
    this.reserving.set(count, built);
    return built;
  }
}

const valuesOf = ({ key, limit }: Attempt): Parameter[] => [
  key,
  limit.free,
  limit.firstDelay,
  limit.longestDelay,
  limit.most,
  limit.period,
  limit.renews,
];
const VALUES = 7;

/**
 * Two steps for each attempt, which run only if the attempt before was counted, so that locks are taken in order: a look
 * at the key, and an INSERT if the key need not wait. The INSERT decides again, because others may have counted since.
 * The look alone would let parallel attempts pass; the INSERT alone would make every refused attempt of a flood a write
 * that waits for the lock of the row.
 */
function reserveStatement({ name: schema, statementName }: Schema, count: number): Statement<Outcome> {
  const indexes = Array.from({ length: count }, (_, index) => index);
  const outcomes = indexes.map(
    index => `SELECT false, ready_at FROM waiting${index} UNION ALL SELECT admitted, ready_at FROM counted${index}`,
  );
  return writeStatement(
    statementName(`attempts_reserve_${count}`),
    `WITH ${indexes.map(index => stepsOf(schema, index)).join(', ')} ${outcomes.join(' UNION ALL ')}`,
    ([admitted, readyAt]: readonly [boolean, Timestamp]) => ({ admitted, readyAt }),
  );
}

/** The same computation as `countAttempt`. */
function stepsOf(schema: string, index: number): string {
  const parameter = (offset: number, type: string): string => `$${2 + index * VALUES + offset}::${type}`;
  const now = '$1::timestamptz';
  const [key, free] = [parameter(0, 'text'), parameter(1, 'integer')];
  const [first, longest] = [parameter(2, 'integer'), parameter(3, 'integer')];
  const [most, period, renews] = [parameter(4, 'integer'), parameter(5, 'integer'), parameter(6, 'boolean')];
  const end = `${now} + ${period} * interval '1 second'`;
  const readyAt = (streak: string, total: string, expiresAt: string): string => `CASE
    WHEN ${total} >= ${most} THEN ${expiresAt}
    WHEN ${streak} < ${free} THEN ${now}
    ELSE ${now} + least(${longest}, ${first} * 2 ^ least(${streak} - ${free}, ${MAX_DOUBLINGS})) * interval '1 second'
  END`;
  const previous = `counted${index - 1}`;
  return `waiting${index} AS (
    SELECT known.ready_at FROM ${schema}.attempts AS known${index === 0 ? '' : `, ${previous}`}
    WHERE known.key = ${key} AND known.expires_at > ${now} AND known.ready_at > ${now}
      ${index === 0 ? '' : `AND ${previous}.admitted`}
  ), counted${index} AS (
    INSERT INTO ${schema}.attempts AS a (key, streak, total, ready_at, expires_at, admitted)
    SELECT ${key}, 1, 1, ${readyAt('1', '1', end)}, ${end}, true
    ${index === 0 ? '' : `FROM ${previous}`} WHERE NOT EXISTS (SELECT FROM waiting${index})
      ${index === 0 ? '' : `AND ${previous}.admitted`}
    ON CONFLICT (key) DO UPDATE SET (streak, total, ready_at, expires_at, admitted) = (
      SELECT
        CASE WHEN ready THEN next.streak ELSE a.streak END,
        CASE WHEN ready THEN next.total ELSE a.total END,
        CASE WHEN ready THEN ${readyAt('next.streak', 'next.total', 'next.expires_at')} ELSE a.ready_at END,
        CASE WHEN ready THEN next.expires_at ELSE a.expires_at END,
        ready
      FROM (SELECT a.expires_at <= ${now} AS expired, a.expires_at <= ${now} OR a.ready_at <= ${now} AS ready) AS state,
        LATERAL (SELECT
          CASE WHEN expired THEN 1 ELSE a.streak + 1 END AS streak,
          CASE WHEN expired THEN 1 ELSE a.total + 1 END AS total,
          CASE WHEN expired OR ${renews} THEN ${end} ELSE a.expires_at END AS expires_at
        ) AS next
    ) RETURNING admitted, ready_at
  )`;
}

function statements({ name: schema, statementName }: Schema) {
  const table = `${schema}.attempts`;
  const nothing = (): undefined => undefined;
  return {
    release: writeStatement(
      statementName('attempts_release'),
      `UPDATE ${table} SET streak = greatest(0, streak - 1), total = greatest(0, total - 1), ready_at = least(ready_at, $2)
        WHERE key = $1`,
      nothing,
    ),
    forgive: writeStatement(
      statementName('attempts_forgive'),
      `UPDATE ${table} SET streak = 0, total = greatest(0, total - 1), ready_at = least(ready_at, $2) WHERE key = $1`,
      nothing,
    ),
    removeExpired: writeStatement(
      statementName('attempts_sweep'),
      `DELETE FROM ${table} WHERE key IN (
        SELECT key FROM ${table} WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
      ) RETURNING 1`,
      nothing,
    ),
  };
}
