import type { Signals, Storage } from '../../src/index.js';

/** One way to break the PostgreSQL adapter, and the case that detects it. */
export interface BrokenCopy {
  readonly flaw: string;
  /** Pieces of its SQL and their replacements. */
  readonly replace: readonly (readonly [piece: string, by: string])[];
  /** Breaks what is not SQL. */
  readonly breakStorage?: (storage: Storage) => Storage;
  /** Part of the name of the first case of the suite that fails. */
  readonly detectedBy: string;
}

const withoutEntries = (signals: Signals): Signals => ({
  subscribe: listener => signals.subscribe(signal => (signal.kind === 'entries' ? undefined : listener(signal))),
});

const REPLACED = 'RETURN QUERY DELETE FROM broken.sessions WHERE sessions.digest = replaced RETURNING sessions.id;';
const ADDED = `INSERT INTO broken.sessions (digest, id, user_id, created_at, expires_at, last_used_at, user_agent)
  VALUES (new_digest, new_id, owner, created, expires, last_used, agent);`;

/** Flaws that real adapters have had, or that are easy to write by mistake. */
export const brokenCopies: readonly BrokenCopy[] = [
  {
    flaw: 'an e-mail address is taken twice',
    replace: [['CONSTRAINT users_email_key UNIQUE', '']],
    detectedBy: 'users: an e-mail address is unique',
  },
  {
    flaw: 'a username is taken twice',
    replace: [['CONSTRAINT users_username_key UNIQUE', '']],
    detectedBy: 'users: a username is unique',
  },
  {
    flaw: 'a password hash is replaced even after it has changed',
    replace: [['AND password_hash = $2', 'AND $2::text IS NOT NULL']],
    detectedBy: 'users: a password hash is replaced only while',
  },
  {
    flaw: 'a session is live in the millisecond in which it expires',
    replace: [['expires_at > ', 'expires_at >= ']],
    detectedBy: 'sessions: a session is live until the millisecond before it expires',
  },
  {
    flaw: 'the idle time-out is not checked',
    replace: [['OR last_used_at > ', 'OR now() > ']],
    detectedBy: 'sessions: with an idle time-out',
  },
  {
    flaw: 'using a session extends its lifetime',
    replace: [['SET last_used_at = $2', "SET last_used_at = $2, expires_at = $2::timestamptz + interval '1 hour'"]],
    detectedBy: 'sessions: using a session updates',
  },
  {
    flaw: 'a revoked session is still found',
    replace: [
      [
        'DELETE FROM broken.sessions WHERE user_id = $1 AND id = $2 RETURNING id',
        'SELECT id FROM broken.sessions WHERE user_id = $1 AND id = $2',
      ],
    ],
    detectedBy: 'sessions: a removed session is no longer found',
  },
  {
    flaw: "anybody can end anybody's session",
    replace: [
      ['DELETE FROM broken.sessions WHERE user_id = $1 AND', 'DELETE FROM broken.sessions WHERE $1::uuid <> id AND'],
    ],
    detectedBy: "sessions: nobody removes another user's session",
  },
  {
    flaw: 'removing all sessions ends the excepted one too',
    replace: [['id IS DISTINCT FROM $2::uuid', '(id = id OR $2::uuid IS NULL)']],
    detectedBy: 'sessions: removing all keeps the excepted session',
  },
  {
    flaw: 'a page of sessions begins with the last session of the page before',
    replace: [['AND id < $4 ORDER BY id DESC', 'AND id <= $4 ORDER BY id DESC']],
    detectedBy: 'sessions: pages of the list neither skip nor repeat',
  },
  {
    flaw: 'a login does not end the session it replaces',
    replace: [[REPLACED, '']],
    detectedBy: 'sessions: a new session ends the one it replaces',
  },
  {
    flaw: 'a login beyond the cap ends no session',
    replace: [['OFFSET most - 1', 'OFFSET most + 1000']],
    detectedBy: 'sessions: beyond the cap',
  },
  {
    flaw: 'a login beyond the cap ends the session that was opened first',
    replace: [['ORDER BY other.last_used_at DESC, other.id DESC', 'ORDER BY other.id DESC']],
    detectedBy: 'sessions: beyond the cap',
  },
  {
    flaw: 'the cap counts the sessions of all users',
    replace: [['other.user_id = owner AND', '']],
    detectedBy: 'sessions: beyond the cap',
  },
  {
    flaw: 'of sessions that were last used at the same time the newer one ends',
    replace: [['other.last_used_at DESC, other.id DESC', 'other.last_used_at DESC, other.id']],
    detectedBy: 'sessions: of sessions that were last used at the same time',
  },
  {
    flaw: 'expired sessions count for the cap',
    replace: [['AND other.expires_at > moment', '']],
    detectedBy: 'sessions: expired and idle sessions do not count',
  },
  {
    flaw: 'idle sessions count for the cap',
    replace: [['AND (idle_since IS NULL OR other.last_used_at > idle_since)', '']],
    detectedBy: 'sessions: expired and idle sessions do not count',
  },
  {
    flaw: 'the session that a login replaces counts for the cap',
    replace: [
      [REPLACED, ''],
      [ADDED, `${ADDED} ${REPLACED}`],
    ],
    detectedBy: 'sessions: the session that a new one replaces leaves room',
  },
  {
    flaw: 'the cap may end the session that was just opened',
    replace: [
      [ADDED, ''],
      [REPLACED, `${REPLACED} ${ADDED}`],
      ['OFFSET most - 1', 'OFFSET most'],
    ],
    detectedBy: 'sessions: a new session stays',
  },
  {
    flaw: 'a login ends one session at most, also after the cap was lowered',
    replace: [['OFFSET most - 1', 'OFFSET most - 1 LIMIT 1']],
    detectedBy: 'sessions: a new session stays',
  },
  {
    flaw: 'sweeping deletes live sessions',
    replace: [['WHERE NOT (expires_at', 'WHERE true OR NOT (expires_at']],
    detectedBy: 'sessions: sweeping deletes expired sessions',
  },
  {
    flaw: 'a page of cards begins with the last card of the page before',
    replace: [['AND id < $2 ORDER BY id DESC', 'AND id <= $2 ORDER BY id DESC']],
    detectedBy: 'cards: the list is newest first',
  },
  {
    flaw: 'a claimed key adds a card every time',
    replace: [
      [
        'VALUES ($2, $6, $7, $8, $9) ON CONFLICT DO NOTHING',
        'VALUES ($2, $6, $7, $8, $9) ON CONFLICT (user_id, key) DO UPDATE SET key = $6',
      ],
    ],
    detectedBy: 'cards: the same claim again',
  },
  {
    flaw: 'a trade moves every card of its sender',
    replace: [
      [
        'WHERE cards.id = $2 AND cards.owner_id = (SELECT id FROM sender)',
        'WHERE cards.owner_id = (SELECT id FROM sender)',
      ],
      [
        'FROM numbered, moved, possible, sender\n',
        'FROM numbered, (SELECT * FROM moved LIMIT 1) AS moved, possible, sender\n',
      ],
    ],
    detectedBy: 'trades: a trade moves the one card',
  },
  {
    flaw: 'half a trade: the recipient gets no entry',
    replace: [
      [
        'FROM numbered, moved, possible, sender\n',
        'FROM numbered, moved, possible, sender WHERE numbered.user_id = sender.id\n',
      ],
    ],
    detectedBy: 'trades: a trade moves the one card',
  },
  {
    flaw: 'half a trade: the card does not move',
    replace: [['SET owner_id = possible.id', 'SET owner_id = cards.owner_id']],
    detectedBy: 'trades: a trade moves the one card',
  },
  {
    flaw: 'the owner of the card is not checked',
    replace: [
      ['WHERE card.owner_id = (SELECT id FROM sender) AND recipient.id', 'WHERE recipient.id'],
      ['AND cards.owner_id = (SELECT id FROM sender)', ''],
    ],
    detectedBy: "trades: another user's card is refused",
  },
  {
    // The pause makes the moment between check and change long enough to be hit every time.
    flaw: 'the owner of the card is checked before the change, not with it',
    replace: [['AND cards.owner_id = (SELECT id FROM sender)', 'AND (SELECT true FROM pg_sleep(0.01))']],
    detectedBy: 'races: of two concurrent trades of one card',
  },
  {
    flaw: 'concurrent logins do not see the sessions of one another',
    replace: [['FOR NO KEY UPDATE;', '; PERFORM pg_sleep(0.01);']],
    detectedBy: 'races: concurrent logins never leave more sessions than the cap',
  },
  {
    flaw: 'a trade with oneself is recorded',
    replace: [
      ['AND recipient.id <> (SELECT id FROM sender)', ''],
      ['count(*) FROM locked) = 2', 'count(*) FROM locked) >= 1'],
      ['CHECK (counterparty_id <> user_id)', ''],
    ],
    detectedBy: 'trades: a trade with oneself is refused',
  },
  {
    flaw: 'a page of trades begins with the last trade of the page before',
    replace: [['AND number < $2', 'AND number <= $2']],
    detectedBy: 'trades: pages are newest first',
  },
  {
    flaw: 'a page has both directions, whichever is requested',
    replace: [['AND sent = $4', 'AND $4::boolean IS NOT NULL']],
    detectedBy: 'trades: a page of one direction',
  },
  {
    flaw: 'entries after a number come newest first',
    replace: [['AND number > $2 ORDER BY number LIMIT', 'AND number > $2 ORDER BY number DESC LIMIT']],
    detectedBy: 'trades: entries after a number come oldest first',
  },
  {
    flaw: 'the idempotency key of a trade is not stored',
    replace: [
      [
        'FROM entry, possible, sender WHERE $8 IS NOT NULL',
        'FROM entry, possible, sender WHERE $8 IS NULL AND $8 IS NOT NULL',
      ],
    ],
    detectedBy: 'idempotency: the same claim again',
  },
  {
    flaw: 'an attempt that comes too early is counted',
    replace: [
      ['WHERE NOT EXISTS (SELECT FROM waiting0)', 'WHERE true'],
      ['SELECT false, ready_at FROM waiting0', 'SELECT false, ready_at FROM waiting0 WHERE false'],
      ['OR a.ready_at <= $1::timestamptz AS ready', 'OR true AS ready'],
    ],
    detectedBy: 'attempts: after the free ones each doubles the delay',
  },
  {
    // The pause makes the moment between check and change long enough to be hit every time.
    flaw: 'attempts are checked first and counted afterwards',
    replace: [
      ['OR a.ready_at <= $1::timestamptz AS ready', 'OR true AS ready'],
      [
        'WHERE NOT EXISTS (SELECT FROM waiting0)',
        'WHERE NOT EXISTS (SELECT FROM waiting0) AND (SELECT true FROM pg_sleep(0.01))',
      ],
    ],
    detectedBy: 'attempts: of parallel attempts exactly the free ones',
  },
  {
    flaw: 'delays do not grow',
    replace: [['$4::integer * 2 ^ least(', '$4::integer * 1 ^ least(']],
    detectedBy: 'attempts: after the free ones each doubles the delay',
  },
  {
    flaw: 'delays grow without end',
    replace: [['least($5::integer, ', 'greatest(0 * $5::integer, ']],
    detectedBy: 'attempts: no delay is longer than the longest',
  },
  {
    flaw: 'a period has any number of attempts',
    replace: [
      ['THEN next.total ELSE', 'THEN 1 ELSE'],
      ['WHEN next.total >=', 'WHEN 0 >='],
    ],
    detectedBy: 'attempts: after the most of a period',
  },
  {
    flaw: 'attempts do not renew the period',
    replace: [['CASE WHEN expired OR ', 'CASE WHEN expired OR false AND ']],
    detectedBy: 'attempts: after the most of a period',
  },
  {
    flaw: 'attempts always renew the period',
    replace: [['CASE WHEN expired OR ', 'CASE WHEN true OR ']],
    detectedBy: 'attempts: where attempts do not renew the period',
  },
  {
    flaw: 'keys that differ in case have one count',
    replace: [['SELECT $2::text, 1, 1', 'SELECT lower($2::text), 1, 1']],
    detectedBy: 'attempts: each key has a count of its own',
  },
  {
    flaw: 'the second key is counted although the first one has to wait',
    replace: [
      ['FROM counted0 WHERE NOT EXISTS', 'WHERE NOT EXISTS'],
      [', counted0\n', '\n'],
      ['AND counted0.admitted', ''],
    ],
    detectedBy: 'attempts: of several keys none is counted',
  },
  {
    flaw: 'a released attempt stays counted',
    replace: [['SET streak = greatest(0, streak - 1), total', 'SET streak = streak, total']],
    detectedBy: 'attempts: a released attempt was never counted',
  },
  {
    flaw: 'a success forgets the failures of the period',
    replace: [['SET streak = 0, total = greatest(0, total - 1)', 'SET streak = 0, total = 0']],
    detectedBy: 'attempts: after a success the free ones begin again',
  },
  {
    flaw: 'a success does not begin the free attempts again',
    replace: [['SET streak = 0, total = greatest(0, total - 1)', 'SET total = greatest(0, total - 1)']],
    detectedBy: 'attempts: after a success the free ones begin again',
  },
  {
    flaw: 'sweeping deletes counts that are in use',
    replace: [['WHERE expires_at <= $1 ORDER', "WHERE expires_at - interval '2 seconds' <= $1 ORDER"]],
    detectedBy: 'attempts: sweeping deletes expired counts',
  },
  {
    flaw: 'a trade is not signalled',
    replace: [],
    breakStorage: storage => ({ ...storage, signals: withoutEntries(storage.signals) }),
    detectedBy: 'live: a trade is signalled for both parties',
  },
  {
    flaw: 'the end of a session is not signalled',
    replace: [["pg_notify('broken_signals', 'ended ' ||", 'concat(']],
    detectedBy: 'live: the early end of a session is signalled',
  },
  {
    flaw: 'the end of sessions beyond the cap is not signalled',
    replace: [[') RETURNING sessions.id', ') RETURNING gen_random_uuid()']],
    detectedBy: 'live: the end of sessions beyond the cap is signalled',
  },
];
