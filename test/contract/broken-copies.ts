/** One way to break the PostgreSQL adapter: a piece of its SQL, what stands there in the broken copy, and who notices. */
export interface BrokenCopy {
  readonly flaw: string;
  readonly replace: readonly (readonly [piece: string, by: string])[];
  /** Part of the name of the first case of the suite that fails. */
  readonly noticedBy: string;
}

/** Each is a flaw that an adapter has had somewhere, or that one would write by a slip. */
export const brokenCopies: readonly BrokenCopy[] = [
  {
    flaw: 'an e-mail address is taken twice',
    replace: [['CONSTRAINT users_email_key UNIQUE', '']],
    noticedBy: 'users: an e-mail address is taken once',
  },
  {
    flaw: 'a username is taken twice',
    replace: [['CONSTRAINT users_username_key UNIQUE', '']],
    noticedBy: 'users: a username is taken once',
  },
  {
    flaw: 'a password hash is replaced whatever it is by now',
    replace: [['AND password_hash = $2', 'AND $2::text IS NOT NULL']],
    noticedBy: 'users: a password hash is replaced only while',
  },
  {
    flaw: 'a session lives in the millisecond it expires',
    replace: [['expires_at > ', 'expires_at >= ']],
    noticedBy: 'sessions: a session is live until the millisecond before it expires',
  },
  {
    flaw: 'the idle time-out is not looked at',
    replace: [['last_used_at > ', 'now() > ']],
    noticedBy: 'sessions: with an idle time-out',
  },
  {
    flaw: 'using a session extends its lifetime',
    replace: [['SET last_used_at = $2', "SET last_used_at = $2, expires_at = $2::timestamptz + interval '1 hour'"]],
    noticedBy: 'sessions: using a session renews',
  },
  {
    flaw: 'a revoked session is found as before',
    replace: [
      [
        'DELETE FROM broken.sessions WHERE user_id = $1 AND id = $2 RETURNING id',
        'SELECT id FROM broken.sessions WHERE user_id = $1 AND id = $2',
      ],
    ],
    noticedBy: 'sessions: a session that was removed is not found any more',
  },
  {
    flaw: "anybody can end anybody's session",
    replace: [
      ['DELETE FROM broken.sessions WHERE user_id = $1 AND', 'DELETE FROM broken.sessions WHERE $1::uuid <> id AND'],
    ],
    noticedBy: "sessions: nobody removes another user's session",
  },
  {
    flaw: 'removing all sessions ends the excepted one too',
    replace: [['id IS DISTINCT FROM $2::uuid', '(id = id OR $2::uuid IS NULL)']],
    noticedBy: 'sessions: removing all keeps the one that is excepted',
  },
  {
    flaw: 'a login leaves the session it replaces',
    replace: [
      [
        'DELETE FROM broken.sessions WHERE digest = $8 RETURNING id',
        'SELECT id FROM broken.sessions WHERE digest = $8',
      ],
    ],
    noticedBy: 'sessions: a new session ends the one it replaces',
  },
  {
    flaw: 'sweeping takes sessions that live',
    replace: [['WHERE NOT (expires_at', 'WHERE true OR NOT (expires_at']],
    noticedBy: 'sessions: sweeping deletes what is over',
  },
  {
    flaw: 'a page of cards begins with the last card of the page before',
    replace: [['AND id < $2 ORDER BY id DESC', 'AND id <= $2 ORDER BY id DESC']],
    noticedBy: 'cards: the list goes newest first',
  },
  {
    flaw: 'a claimed key adds a card each time',
    replace: [
      [
        'VALUES ($2, $6, $7, $8, $9) ON CONFLICT DO NOTHING',
        'VALUES ($2, $6, $7, $8, $9) ON CONFLICT (user_id, key) DO UPDATE SET key = $6',
      ],
    ],
    noticedBy: 'cards: the same claim again',
  },
  {
    flaw: 'a trade moves every card of its sender',
    replace: [
      ['WHERE cards.id = $2 AND cards.owner_id = $1', 'WHERE cards.owner_id = $1'],
      ['FROM numbered, moved, possible\n', 'FROM numbered, (SELECT * FROM moved LIMIT 1) AS moved, possible\n'],
    ],
    noticedBy: 'trades: a trade moves the one card',
  },
  {
    flaw: 'half a trade: the recipient gets no entry',
    replace: [['FROM numbered, moved, possible\n', 'FROM numbered, moved, possible WHERE numbered.user_id = $1\n']],
    noticedBy: 'trades: a trade moves the one card',
  },
  {
    flaw: 'half a trade: the card stays where it is',
    replace: [['SET owner_id = possible.id', 'SET owner_id = cards.owner_id']],
    noticedBy: 'trades: a trade moves the one card',
  },
  {
    flaw: 'nobody looks whose card it is',
    replace: [
      ['WHERE card.owner_id = $1 AND recipient.id', 'WHERE recipient.id'],
      ['AND cards.owner_id = $1', ''],
    ],
    noticedBy: "trades: another user's card is refused",
  },
  {
    // The moment in between is made longer, so that it takes no luck to be seen in it.
    flaw: 'whose card it is is looked at before the change, and not with it',
    replace: [['AND cards.owner_id = $1', 'AND (SELECT true FROM pg_sleep(0.01))']],
    noticedBy: 'races: of two trades of one card at once',
  },
  {
    flaw: 'a trade with oneself is recorded',
    replace: [
      ['AND recipient.id <> $1', ''],
      ['count(*) FROM locked) = 2', 'count(*) FROM locked) >= 1'],
      ['CHECK (counterparty_id <> user_id)', ''],
    ],
    noticedBy: 'trades: a trade with oneself is refused',
  },
  {
    flaw: 'a page of trades begins with the last trade of the page before',
    replace: [['AND number < $2', 'AND number <= $2']],
    noticedBy: 'trades: pages go newest first',
  },
  {
    flaw: 'a page has both directions, whichever is asked for',
    replace: [['AND sent = $4', 'AND $4::boolean IS NOT NULL']],
    noticedBy: 'trades: a page of one direction',
  },
  {
    flaw: 'what a watcher has not seen comes newest first',
    replace: [['AND number > $2 ORDER BY number LIMIT', 'AND number > $2 ORDER BY number DESC LIMIT']],
    noticedBy: 'trades: what a watcher has not seen',
  },
  {
    flaw: 'the key of a trade is not kept',
    replace: [
      ['FROM entry, possible WHERE $8 IS NOT NULL', 'FROM entry, possible WHERE $8 IS NULL AND $8 IS NOT NULL'],
    ],
    noticedBy: 'idempotency: the same claim again',
  },
  {
    flaw: 'a trade is told to nobody',
    replace: [["pg_notify('broken_signals', 'entries ' ||", 'concat(']],
    noticedBy: 'live: a trade is told to both parties',
  },
  {
    flaw: 'the end of a session is told to nobody',
    replace: [["pg_notify('broken_signals', 'ended ' ||", 'concat(']],
    noticedBy: 'live: the end of a session is told',
  },
];
