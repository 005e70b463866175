import type {
  SessionCap,
  SessionOwner,
  SessionRepository,
} from '../../../application/ports/driven/session-repository.js';
import type { TokenDigest } from '../../../application/ports/driven/system.js';
import { JointQuery } from '../../../application/storage-kit/index.js';
import { StorageUnavailable } from '../../../domain/errors.js';
import type { Id } from '../../../domain/id.js';
import type { LivenessBounds, Session } from '../../../domain/session.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import type { Database } from './database.js';
import { isLimitExceeded } from './failures.js';
import type { PostgresSignals } from './postgres-signals.js';
import { notifyEnded } from './postgres-signals.js';
import type { UserRow } from './postgres-user-repository.js';
import { userColumns, userOf } from './postgres-user-repository.js';
import type { Schema } from './schema.js';
import type { Parameter } from './statement.js';
import { LAST_ID, statement, writeStatement } from './statement.js';

/** Look-ups of sessions that run at a time. Further ones share a statement. */
const LOOKUPS = 4;

interface Lookup {
  readonly digest: TokenDigest;
  readonly bounds: LivenessBounds;
  readonly touchedBefore: Timestamp;
}

export class PostgresSessionRepository implements SessionRepository {
  private readonly statements: ReturnType<typeof statements>;
  /** The statements that end sessions, without their signals. */
  private readonly silent: ReturnType<typeof endings>;
  private readonly lookups = new JointQuery((lookups: readonly Lookup[]) => this.useAll(lookups), {
    parallel: LOOKUPS,
  });

  constructor(
    private readonly database: Database,
    schema: Schema,
    private readonly signals: Pick<PostgresSignals, 'publishEnded' | 'notifiesOfEnds'>,
  ) {
    this.statements = statements(schema);
    this.silent = endings(schema, '_silently', () => 'NULL');
  }

  async add(session: Session, digest: TokenDigest, replaces: TokenDigest | null, cap: SessionCap): Promise<void> {
    const { id, userId, createdAt, expiresAt, lastUsedAt, userAgent } = session;
    const replaced = replaces === null ? null : bytes(replaces);
    const values = [bytes(digest), id, userId, createdAt, expiresAt, lastUsedAt, userAgent, replaced];
    await this.end('add', [...values, cap.max, cap.now, cap.idleSince]);
  }

  async use(digest: TokenDigest, bounds: LivenessBounds, touchedBefore: Timestamp): Promise<SessionOwner | null> {
    return this.lookups.request({ digest, bounds, touchedBefore });
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
    return (await this.end('remove', [userId, sessionId])).length > 0;
  }

  async removeAll(userId: Id, except: Id | null): Promise<void> {
    await this.end('removeAll', [userId, except]);
  }

  async removeExpired({ now, idleSince }: LivenessBounds, limit: number): Promise<number> {
    return (await this.database.query(this.statements.removeExpired, [now, idleSince, limit])).length;
  }

  /** The times are those of the last look-up, so a session that expired before it is not found. */
  private async useAll(lookups: readonly Lookup[]): Promise<(SessionOwner | null)[]> {
    const last = lookups.at(-1);
    if (!last) return [];
    const { digest, bounds, touchedBefore } = last;
    const times = [bounds.now, bounds.idleSince, touchedBefore];
    if (lookups.length === 1) return [await this.database.queryOne(this.statements.use, [bytes(digest), ...times])];
    const digests = [...new Set(lookups.map(lookup => lookup.digest))];
    const found = await this.database.query(this.statements.useAll, [digests.map(each => `\\x${each}`), ...times]);
    const owners = new Map(found.map(({ digest: of, owner }) => [of, owner]));
    return lookups.map(lookup => owners.get(lookup.digest) ?? null);
  }

  /**
   * Returns the ids of the ended sessions. Where the queue of NOTIFY is full, they end without a signal: other processes
   * find that by themselves, within seconds.
   */
  private async end(name: keyof typeof this.silent, values: readonly Parameter[]): Promise<Id[]> {
    try {
      if (this.signals.notifiesOfEnds) return await this.database.query(this.statements[name], values);
    } catch (error) {
      if (!(error instanceof StorageUnavailable && isLimitExceeded(error.cause))) throw error;
    }
    const ended = await this.database.query(this.silent[name], values);
    this.signals.publishEnded(ended);
    return ended;
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

/**
 * SQL for the statements that touch a session. Their commit waits neither for the disk nor for a standby, so that reading
 * goes on while a standby is away. A crash may lose the last use, for which a minute more or less does not count.
 */
export const COMMIT_WITHOUT_WAITING = "set_config('synchronous_commit', 'off', true)";

/**
 * SQL for the digest of parameter 1 where its session is due to be touched. Locks the row, or has none where another
 * transaction has locked it: that one touches or ends the session, and may wait for its commit.
 */
export const dueForTouch = (schema: string, condition: string): string =>
  `(SELECT digest FROM ${schema}.sessions WHERE digest = $1 AND ${condition} FOR NO KEY UPDATE SKIP LOCKED)`;

const ownerOf = (row: readonly [...SessionRow, ...UserRow]): SessionOwner => ({
  session: sessionOf(row.slice(0, 6) as unknown as SessionRow),
  user: userOf(row.slice(6) as unknown as UserRow),
});

const idOf = ([id]: readonly [Id]): Id => id;

function statements(all: Schema) {
  const { name: schema, statementName, channel } = all;
  return {
    ...endings(all, '', id => notifyEnded(channel, id)),
    // Touching is part of the one round trip. It writes at most once in the interval, and only to a live session.
    use: statement(
      statementName('session_use'),
      `WITH touched AS (
        UPDATE ${schema}.sessions SET last_used_at = $2
        WHERE digest = ${dueForTouch(schema, `last_used_at <= $4 AND ${live('$2', '$3')}`)}
        RETURNING last_used_at, ${COMMIT_WITHOUT_WAITING}
      ), session AS (
        SELECT ${sessionColumns('COALESCE((SELECT last_used_at FROM touched), last_used_at) AS last_used_at')}
        FROM ${schema}.sessions WHERE digest = $1 AND ${live('$2', '$3')}
      )
      SELECT session.*, ${userColumns('users')} FROM session JOIN ${schema}.users ON users.id = session.user_id`,
      ownerOf,
    ),
    // Skips rows that are locked: another process touches or ends that session, and waiting for several could deadlock.
    useAll: statement(
      statementName('session_use_all'),
      `WITH due AS (
        SELECT digest FROM ${schema}.sessions
        WHERE digest = ANY($1::bytea[]) AND last_used_at <= $4 AND ${live('$2', '$3')}
        FOR NO KEY UPDATE SKIP LOCKED
      ), touched AS (
        UPDATE ${schema}.sessions SET last_used_at = $2 FROM due WHERE sessions.digest = due.digest
        RETURNING sessions.digest, sessions.last_used_at, ${COMMIT_WITHOUT_WAITING}
      ), session AS (
        SELECT digest, ${sessionColumns('COALESCE(touched.last_used_at, sessions.last_used_at) AS last_used_at')}
        FROM ${schema}.sessions LEFT JOIN touched USING (digest)
        WHERE digest = ANY($1::bytea[]) AND ${live('$2', '$3').replaceAll('last_used_at', 'sessions.last_used_at')}
      )
      SELECT encode(session.digest, 'hex'), session.id, session.user_id, session.created_at, session.expires_at,
        session.last_used_at, session.user_agent, ${userColumns('users')}
      FROM session JOIN ${schema}.users ON users.id = session.user_id`,
      ([digest, ...row]: readonly [TokenDigest, ...SessionRow, ...UserRow]) => ({ digest, owner: ownerOf(row) }),
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
    // SKIP LOCKED: the sweepers of several processes share the work instead of waiting for one another.
    removeExpired: writeStatement(
      statementName('session_sweep'),
      `DELETE FROM ${schema}.sessions WHERE digest IN (
        SELECT digest FROM ${schema}.sessions WHERE NOT ${live('$1', '$2')} LIMIT $3 FOR UPDATE SKIP LOCKED
      ) RETURNING id`,
      idOf,
    ),
  };
}

/** What ends sessions. Each returns their ids; `signal` returns the SQL that publishes that the session `id` ended. */
function endings({ name: schema, statementName }: Schema, suffix: string, signal: (id: string) => string) {
  return {
    add: writeStatement(
      statementName(`session_add${suffix}`),
      `SELECT id, ${signal('id')}
      FROM ${schema}.add_session($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) AS ended (id)`,
      idOf,
    ),
    remove: writeStatement(
      statementName(`session_remove${suffix}`),
      `WITH ended AS (DELETE FROM ${schema}.sessions WHERE user_id = $1 AND id = $2 RETURNING id)
      SELECT id, ${signal('id')} FROM ended`,
      idOf,
    ),
    removeAll: writeStatement(
      statementName(`session_remove_all${suffix}`),
      `WITH ended AS (
        DELETE FROM ${schema}.sessions WHERE user_id = $1 AND id IS DISTINCT FROM $2::uuid RETURNING id
      )
      SELECT id, ${signal('id')} FROM ended`,
      idOf,
    ),
  };
}
