// @ts-check
import { countAttempt, forgiveAttempts, uncountAttempt, usernameKey } from 'tradepost';
import { accountOf, sessionOf, sessionValues } from './rows.js';

/** @import { AttemptCount, AttemptLimiter, Broadcast, LivenessBounds, Session, SessionRepository, UserRepository } from 'tradepost' */
/** @import { Database, Value } from './database.js' */

/** @param {Database} database @returns {UserRepository} */
export const sqliteUsers = database => ({
  add: async ({ user, passwordHash }) =>
    database.transaction(() => {
      const key = usernameKey(user.username);
      if (database.get('SELECT 1 FROM users WHERE email = ?', user.email)) return 'email_taken';
      if (database.get('SELECT 1 FROM users WHERE username_key = ?', key)) return 'username_taken';
      const values = [user.id, user.email, user.username, key, user.name, passwordHash, user.createdAt];
      database.run('INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, ?)', ...values);
      return 'added';
    }),

  findAccount: async reference => findAccount(database, reference),

  replacePasswordHash: async (userId, current, next) => {
    database.run('UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?', next, userId, current);
  },
});

/** @param {Database} database @param {import('tradepost').UserReference} reference */
export function findAccount(database, reference) {
  const [column, value] =
    'id' in reference
      ? ['id', reference.id]
      : 'email' in reference
        ? ['email', reference.email]
        : ['username_key', usernameKey(reference.username)];
  const row = database.get(`SELECT * FROM users WHERE ${column} = ?`, value);
  return row && accountOf(row);
}

/** The end of a WHERE, for `livenessValues`. */
const LIVE = 'expires_at > ? AND last_used_at > ?';
/** @param {LivenessBounds} bounds @returns {Value[]} */
const livenessValues = ({ now, idleSince }) => [now, idleSince ?? ''];

/** @param {Database} database @param {Broadcast} signals @returns {SessionRepository} */
export function sqliteSessions(database, signals) {
  /** @param {any[]} sessionIds */
  const publishEnd = sessionIds => {
    if (sessionIds.length > 0) signals.publish({ kind: 'sessions_ended', sessionIds });
  };
  /** Deletes sessions and signals it. @param {string} where @param {...Value} values */
  const end = (where, ...values) => {
    const ended = database.all(`DELETE FROM sessions WHERE ${where} RETURNING id`, ...values).map(row => row.id);
    publishEnd(ended);
    return ended.length;
  };
  return {
    add: async (session, digest, replaces, cap) => {
      const ended = database.transaction(() => {
        const gone = database.all('DELETE FROM sessions WHERE digest = ? RETURNING id', replaces);
        const exceeding = database.all(
          `DELETE FROM sessions WHERE digest IN (
            SELECT digest FROM sessions WHERE user_id = ? AND ${LIVE} ORDER BY last_used_at DESC, id DESC LIMIT -1 OFFSET ?
          ) RETURNING id`,
          ...[session.userId, ...livenessValues(cap), cap.max - 1],
        );
        database.run('INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?)', ...sessionValues(session, digest));
        return [...gone, ...exceeding].map(row => row.id);
      });
      publishEnd(ended);
    },

    use: async (digest, bounds, touchedBefore) => {
      const row = database.get(
        `SELECT * FROM sessions WHERE digest = ? AND ${LIVE}`,
        digest,
        ...livenessValues(bounds),
      );
      if (!row) return null;
      if (row.last_used_at <= touchedBefore) {
        row.last_used_at = bounds.now;
        database.run('UPDATE sessions SET last_used_at = ? WHERE digest = ?', bounds.now, digest);
      }
      const account = findAccount(database, { id: row.user_id });
      return account && { session: sessionOf(row), user: account.user };
    },

    list: async (userId, bounds, { before, limit }) =>
      database
        .all(
          `SELECT * FROM sessions WHERE user_id = ? AND ${LIVE} AND id < ? ORDER BY id DESC LIMIT ?`,
          ...[userId, ...livenessValues(bounds), before ?? '~', limit],
        )
        .map(sessionOf),

    findLive: async (sessions, bounds) =>
      database
        .all(
          `SELECT sessions.* FROM json_each(?) AS asked JOIN sessions
          ON user_id = asked.value ->> 'userId' AND sessions.id = asked.value ->> 'id' WHERE ${LIVE}`,
          JSON.stringify(sessions.map(({ id, userId }) => ({ id, userId }))),
          ...livenessValues(bounds),
        )
        .map(sessionOf),

    remove: async (userId, sessionId) => end('user_id = ? AND id = ?', userId, sessionId) > 0,
    removeAll: async (userId, except) => void end('user_id = ? AND id <> ?', userId, except ?? ''),
    // These had ended already, so nobody has to be told.
    removeExpired: async (bounds, limit) =>
      database.run(
        `DELETE FROM sessions WHERE digest IN (SELECT digest FROM sessions WHERE NOT (${LIVE}) LIMIT ?)`,
        ...[...livenessValues(bounds), limit],
      ),
  };
}

/** @param {Database} database @returns {AttemptLimiter} */
export function sqliteAttempts(database) {
  /** @param {string} key @returns {AttemptCount | null} */
  const find = key => {
    const row = database.get('SELECT * FROM attempts WHERE key = ?', key);
    return row && { streak: row.streak, total: row.total, readyAt: row.ready_at, expiresAt: row.expires_at };
  };
  /** @param {string} key @param {AttemptCount} count */
  const put = (key, { streak, total, readyAt, expiresAt }) =>
    database.run('INSERT OR REPLACE INTO attempts VALUES (?, ?, ?, ?, ?)', key, streak, total, readyAt, expiresAt);
  /** @param {string} key @param {(current: AttemptCount) => AttemptCount} change */
  const change = (key, change) =>
    database.transaction(() => {
      const current = find(key);
      if (current) put(key, change(current));
    });
  return {
    reserve: async (attempts, now) =>
      database.transaction(() => {
        for (const { key, limit } of attempts) {
          const current = find(key);
          const counted = countAttempt(current, limit, now);
          if (!counted) return current?.readyAt ?? now;
          put(key, counted);
        }
        return null;
      }),
    release: async (key, now) => change(key, current => uncountAttempt(current, now)),
    forgive: async (key, now) => change(key, current => forgiveAttempts(current, now)),
    removeExpired: async (before, limit) =>
      database.run(
        'DELETE FROM attempts WHERE key IN (SELECT key FROM attempts WHERE expires_at <= ? LIMIT ?)',
        ...[before, limit],
      ),
  };
}
