import type {
  SessionCap,
  SessionOwner,
  SessionRepository,
} from '../../../application/ports/driven/session-repository.js';
import type { TokenDigest } from '../../../application/ports/driven/system.js';
import type { Id } from '../../../domain/id.js';
import type { LivenessBounds, Session } from '../../../domain/session.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import type { Database } from './database.js';
import { LAST_ID, statement } from './database.js';
import { notifyEnded } from './postgres-signals.js';
import type { UserRow } from './postgres-user-repository.js';
import { userColumns, userOf } from './postgres-user-repository.js';
import type { Schema } from './schema.js';

export class PostgresSessionRepository implements SessionRepository {
  private readonly statements: ReturnType<typeof statements>;

  constructor(
    private readonly database: Database,
    schema: Schema,
  ) {
    this.statements = statements(schema);
  }

  async add(session: Session, digest: TokenDigest, replaces: TokenDigest | null, cap: SessionCap): Promise<void> {
    const { id, userId, createdAt, expiresAt, lastUsedAt, userAgent } = session;
    const replaced = replaces === null ? null : bytes(replaces);
    const values = [bytes(digest), id, userId, createdAt, expiresAt, lastUsedAt, userAgent, replaced];
    await this.database.query(this.statements.add, [...values, cap.max, cap.now, cap.idleSince]);
  }

  async use(digest: TokenDigest, bounds: LivenessBounds, touchedBefore: Timestamp): Promise<SessionOwner | null> {
    const { now, idleSince } = bounds;
    return this.database.queryOne(this.statements.use, [bytes(digest), now, idleSince, touchedBefore]);
  }

  async list(
    userId: Id,
    { now, idleSince }: LivenessBounds,
    { before, limit }: { before: Id | null; limit: number },
  ): Promise<Session[]> {
    return this.database.query(this.statements.list, [userId, now, idleSince, before ?? LAST_ID, limit]);
  }

  async findLive(
    sessions: readonly Pick<Session, 'id' | 'userId'>[],
    { now, idleSince }: LivenessBounds,
  ): Promise<Session[]> {
    const values = [sessions.map(({ userId }) => userId), sessions.map(({ id }) => id), now, idleSince];
    return this.database.query(this.statements.findLive, values);
  }

  async remove(userId: Id, sessionId: Id): Promise<boolean> {
    return (await this.database.query(this.statements.remove, [userId, sessionId])).length > 0;
  }

  async removeAll(userId: Id, except: Id | null): Promise<void> {
    await this.database.query(this.statements.removeAll, [userId, except]);
  }

  async removeExpired({ now, idleSince }: LivenessBounds, limit: number): Promise<number> {
    return (await this.database.query(this.statements.removeExpired, [now, idleSince, limit])).length;
  }
}

export const bytes = (digest: TokenDigest): Buffer => Buffer.from(digest, 'hex');

export type SessionRow = readonly [
  Session['id'],
  Session['userId'],
  Session['createdAt'],
  Session['expiresAt'],
  Session['lastUsedAt'],
  Session['userAgent'],
];

export const sessionOf = ([id, userId, createdAt, expiresAt, lastUsedAt, userAgent]: SessionRow): Session => ({
  id,
  userId,
  createdAt,
  expiresAt,
  lastUsedAt,
  userAgent,
});

/** The rule of `isLive` in SQL. */
export const live = (now: string, idleSince: string): string =>
  `(expires_at > ${now}::timestamptz AND (${idleSince}::timestamptz IS NULL OR last_used_at > ${idleSince}))`;

/** In the order of `sessionOf`. */
export const sessionColumns = (lastUsedAt: string): string =>
  `id, user_id, created_at, expires_at, ${lastUsedAt}, user_agent`;

const idOf = ([id]: readonly [Id]): Id => id;

function statements({ name: schema, statementName, channel }: Schema) {
  return {
    add: statement(
      statementName('session_add'),
      `SELECT ${notifyEnded(channel, 'id')}
      FROM ${schema}.add_session($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS ended (id)`,
      () => undefined,
    ),
    // Touching is part of the one round trip. It writes at most once in the interval, and only to a live session.
    use: statement(
      statementName('session_use'),
      `WITH touched AS (
        UPDATE ${schema}.sessions SET last_used_at = $2
        WHERE digest = $1 AND last_used_at <= $4 AND ${live('$2', '$3')}
        RETURNING last_used_at
      ), session AS (
        SELECT ${sessionColumns('COALESCE((SELECT last_used_at FROM touched), last_used_at) AS last_used_at')}
        FROM ${schema}.sessions WHERE digest = $1 AND ${live('$2', '$3')}
      )
      SELECT session.*, ${userColumns('users')} FROM session JOIN ${schema}.users ON users.id = session.user_id`,
      (row: readonly [...SessionRow, ...UserRow]): SessionOwner => ({
        session: sessionOf(row.slice(0, 6) as unknown as SessionRow),
        user: userOf(row.slice(6) as unknown as UserRow),
      }),
    ),
    list: statement(
      statementName('session_list'),
      `SELECT ${sessionColumns('last_used_at')} FROM ${schema}.sessions
      WHERE user_id = $1 AND ${live('$2', '$3')} AND id < $4 ORDER BY id DESC LIMIT $5`,
      sessionOf,
    ),
    findLive: statement(
      statementName('session_find_live'),
      `SELECT ${sessionColumns('last_used_at')}
      FROM unnest($1::uuid[], $2::uuid[]) AS wanted (user_id, id) JOIN ${schema}.sessions USING (user_id, id)
      WHERE ${live('$3', '$4')}`,
      sessionOf,
    ),
    remove: statement(
      statementName('session_remove'),
      `WITH ended AS (DELETE FROM ${schema}.sessions WHERE user_id = $1 AND id = $2 RETURNING id)
      SELECT id, ${notifyEnded(channel, 'id')} FROM ended`,
      idOf,
    ),
    removeAll: statement(
      statementName('session_remove_all'),
      `WITH ended AS (
        DELETE FROM ${schema}.sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2::uuid RETURNING id
      )
      SELECT ${notifyEnded(channel, 'id')} FROM ended`,
      () => undefined,
    ),
    // SKIP LOCKED: the sweepers of several processes share the work instead of waiting for one another.
    removeExpired: statement(
      statementName('session_sweep'),
      `DELETE FROM ${schema}.sessions WHERE digest IN (
        SELECT digest FROM ${schema}.sessions WHERE NOT ${live('$1', '$2')} LIMIT $3 FOR UPDATE SKIP LOCKED
      ) RETURNING id`,
      idOf,
    ),
  };
}
