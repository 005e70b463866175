/**
 * A trade in one statement, which is one transaction and one round trip: a copy of what Tradepost's PostgreSQL adapter
 * sends when the recipient is given by id. `telling` is how other processes are notified:
 *
 * - `notify`: `pg_notify` in the statement, so that it is sent when the transaction commits;
 * - `nobody`: they are not.
 *
 * 1 sender id, 2 card id, 3 recipient id, 4 trade id, 5 created at, 6 sender's username, 7 sender's name,
 * 8 idempotency key or null, 9 request, 10 claimed at.
 */
export const recordStatement = telling => `WITH previous AS (
    SELECT request, answer FROM tradepost.idempotency_records WHERE user_id = $1 AND key = $8
  ), recipient AS (
    SELECT id, username, name FROM tradepost.users WHERE id = $3
  ), card AS (
    SELECT owner_id FROM tradepost.cards WHERE id = $2
  ), possible AS (
    SELECT recipient.* FROM recipient, card
    WHERE card.owner_id = $1 AND recipient.id <> $1 AND NOT EXISTS (SELECT FROM previous)
  ), locked AS (
    SELECT user_id FROM tradepost.trade_counters
    WHERE user_id = $1 AND EXISTS (SELECT FROM possible) OR user_id = (SELECT id FROM possible)
    ORDER BY user_id FOR UPDATE
  ), moved AS (
    UPDATE tradepost.cards SET owner_id = possible.id FROM possible
    WHERE cards.id = $2 AND cards.owner_id = $1 AND (SELECT count(*) FROM locked) = 2
    RETURNING cards.name
  ), numbered AS (
    UPDATE tradepost.trade_counters SET last_number = last_number + 1
    WHERE user_id IN (SELECT user_id FROM locked) AND EXISTS (SELECT FROM moved)
    RETURNING user_id, last_number
  ), logged AS (
    INSERT INTO tradepost.trade_entries (user_id, number, sent, trade_id, card_id, card_name,
      counterparty_id, counterparty_username, counterparty_name, created_at)
    SELECT numbered.user_id, numbered.last_number, numbered.user_id = $1, $4::uuid, $2, moved.name,
      CASE WHEN numbered.user_id = $1 THEN possible.id ELSE $1 END,
      CASE WHEN numbered.user_id = $1 THEN possible.username ELSE $6::text END,
      CASE WHEN numbered.user_id = $1 THEN possible.name ELSE $7::text END,
      $5::text::timestamptz
    FROM numbered, moved, possible
    RETURNING number, sent, card_name, counterparty_id, counterparty_username, counterparty_name
  ), entry AS (
    SELECT * FROM logged WHERE sent
  ), claimed AS (
    INSERT INTO tradepost.idempotency_records (user_id, key, request, answer, claimed_at)
    SELECT $1, $8, $9::text, json_build_object('number', entry.number, 'direction', 'sent', 'tradeId', $4::uuid,
      'cardId', $2::uuid, 'cardName', entry.card_name, 'counterparty',
      json_build_object('id', possible.id, 'username', possible.username, 'name', possible.name),
      'createdAt', $5::text), $10::timestamptz
    FROM entry, possible WHERE $8 IS NOT NULL
  )
  SELECT entry.*, (SELECT owner_id FROM card), (SELECT id AS recipient_id FROM recipient),
    previous.request, previous.answer${TELLING[telling]}
  FROM (VALUES (1)) AS one LEFT JOIN entry ON true LEFT JOIN previous ON true`;

const TELLING = {
  notify: `, CASE WHEN entry.number IS NOT NULL THEN
    pg_notify('tradepost_signals', 'entries ' || (SELECT string_agg(user_id::text, ' ') FROM numbered)) END`,
  nobody: '',
};

/** `proposal` as `storage.trades.record` takes it. */
export const recordQuery = (text, { id, cardId, sender, recipient, createdAt }) => ({
  name: 'record_trade',
  text,
  values: [sender.id, cardId, recipient.id, id, createdAt, sender.username, sender.name, null, null, null],
});
