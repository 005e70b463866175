// Statements of the hand-written servers on Tradepost's own tables. PostgreSQL parses and plans a named statement once a
// connection.

const ENTRY = `number, sent, trade_id, card_id, card_name,
  counterparty_id, counterparty_username, counterparty_name, created_at`;

const CALLER = 'users.id AS user_id, users.username, users.name';

/** `$1` is the token's digest. */
export const findSession = digest => ({
  name: 'find_session',
  text: `SELECT ${CALLER} FROM tradepost.sessions JOIN tradepost.users ON users.id = sessions.user_id
    WHERE sessions.digest = $1 AND sessions.expires_at > now()`,
  values: [digest],
});

/** The newest entries of a user's log, one more than a page has, and the log's latest number. */
export const findPage = userId => ({
  name: 'find_page',
  text: `SELECT counter.last_number, entry.* FROM tradepost.trade_counters AS counter LEFT JOIN LATERAL (
      SELECT ${ENTRY} FROM tradepost.trade_entries WHERE user_id = $1 ORDER BY number DESC LIMIT 51
    ) AS entry ON true
    WHERE counter.user_id = $1 ORDER BY entry.number DESC`,
  values: [userId],
});

/** `findSession` and `findPage` in one statement. */
export const findSessionAndPage = digest => ({
  name: 'find_session_and_page',
  text: `SELECT ${CALLER}, counter.last_number, entry.*
    FROM tradepost.sessions JOIN tradepost.users ON users.id = sessions.user_id
    JOIN tradepost.trade_counters AS counter ON counter.user_id = users.id
    LEFT JOIN LATERAL (
      SELECT ${ENTRY} FROM tradepost.trade_entries WHERE user_id = users.id ORDER BY number DESC LIMIT 51
    ) AS entry ON true
    WHERE sessions.digest = $1 AND sessions.expires_at > now() ORDER BY entry.number DESC`,
  values: [digest],
});

/** `username` must be in lower case. */
export const findAccount = username => ({
  name: 'find_account',
  text: `SELECT id, email, username, name, created_at, password_hash FROM tradepost.users WHERE username_key = $1`,
  values: [username],
});

export const addSession = ({ digest, id, userId, createdAt, expiresAt, userAgent }) => ({
  name: 'add_session',
  text: `INSERT INTO tradepost.sessions (digest, id, user_id, created_at, expires_at, last_used_at, user_agent)
    VALUES ($1, $2, $3, $4, $5, $4, $6)`,
  values: [digest, id, userId, createdAt, expiresAt, userAgent],
});
