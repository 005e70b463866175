import type { Replayed } from '../../../application/ports/driven/idempotency.js';
import type { Id } from '../../../domain/id.js';
import type { TradeEntry, TradeFacts } from '../../../domain/trade.js';
import type { PublicUser } from '../../../domain/user.js';
import { replayedOf } from './postgres-idempotency-records.js';
import { dueForTouch, live } from './postgres-session-repository.js';
import type { Schema } from './schema.js';
import type { Statement } from './statement.js';
import { writeStatement } from './statement.js';

/** What one execution of the statement did or found. */
export interface RecordTradeRow {
  readonly sender: PublicUser;
  /** The sender's new entry; null where nothing was recorded. */
  readonly recorded: Pick<TradeEntry, 'number' | 'cardName' | 'counterparty'> | null;
  readonly facts: TradeFacts;
  readonly replayed: Replayed<unknown> | null;
}

type Columns = readonly [
  senderId: Id,
  senderUsername: PublicUser['username'],
  senderName: PublicUser['name'],
  number: number | null,
  cardName: TradeEntry['cardName'],
  recipientUsername: TradeEntry['counterparty']['username'],
  recipientName: TradeEntry['counterparty']['name'],
  cardOwnerId: Id | null,
  recipientId: Id | null,
  request: string | null,
  answer: unknown,
];

/**
 * The first parts of the statement, for each way to name the sender. Parameters of `user`: 1 id, 6 username, 7 name. Parameters
 * of `session`: 1 digest, 6 idle since, 7 touched before; where no session is live the statement does nothing and has no row.
 *
 * The touch of the session is a part that nothing refers to, so it runs last: the row of the session is locked for no longer
 * than the commit takes.
 */
const SENDERS = {
  user: () => 'sender AS (SELECT $1::uuid AS id, $6::text AS username, $7::text AS name)',
  session: (schema: string) => `sender AS MATERIALIZED (
      SELECT users.id, users.username, users.name
      FROM ${schema}.sessions JOIN ${schema}.users ON users.id = sessions.user_id
      WHERE sessions.digest = $1 AND ${live('$5::text', '$6')}
    ), touched AS (
      UPDATE ${schema}.sessions SET last_used_at = $5::text::timestamptz
      WHERE digest = ${dueForTouch(schema, `last_used_at <= $7 AND ${live('$5::text', '$6')}`)}
    )`,
};

export type SenderForm = keyof typeof SENDERS;

/**
 * A whole trade in one statement, which is one transaction and one round trip.
 *
 * Parameters: 1, 6 and 7 the sender (see above), 2 card id, 3 the recipient (id, e-mail address or username key), 4 trade id,
 * 5 created at (text), 8 idempotency key or null, 9 request, 10 claimed at.
 *
 * All parts see the snapshot taken when the statement began, except for rows they lock or change: there PostgreSQL uses
 * the newest version once it has the lock (READ COMMITTED, manual 13.2.1). So `possible` is a first check that keeps
 * refusals from locking anything. Then the two counters are locked in the order of their users' ids, which is the same
 * for all trades and so cannot deadlock. Under that lock the owner is changed on condition that the card is still the
 * sender's. Everything else depends on a card having moved. The counters stay locked until the transaction ends, which
 * makes the numbers gapless and in commit order.
 *
 * It sends no notification. That is done after the commit, because a transaction that notifies holds a lock of the whole server
 * until its commit is on disk.
 *
 * `previous` locks what it finds, so that a repetition is a write and its commit waits for a synchronous standby like the
 * first attempt's. That one may have been given up while it waited: it is committed then, but not yet replicated.
 *
 * Two attempts with one idempotency key cannot both move a card: the second violates the primary key of the records,
 * which rolls back all of it.
 */
export function recordTradeStatement(
  { name: schema, statementName }: Schema,
  recipientColumn: 'id' | 'email' | 'username_key',
  senderForm: SenderForm,
): Statement<RecordTradeRow> {
  const senderId = '(SELECT id FROM sender)';
  return writeStatement(
    statementName(`trade_record_by_${senderForm}_to_${recipientColumn}`),
    `WITH ${SENDERS[senderForm](schema)}, previous AS (
      SELECT request, answer FROM ${schema}.idempotency_records WHERE user_id = ${senderId} AND key = $8 FOR KEY SHARE
    ), recipient AS (
      SELECT id, username, name FROM ${schema}.users WHERE ${recipientColumn} = $3
    ), card AS (
      SELECT owner_id FROM ${schema}.cards WHERE id = $2
    ), possible AS (
      SELECT recipient.* FROM recipient, card
      WHERE card.owner_id = ${senderId} AND recipient.id <> ${senderId} AND NOT EXISTS (SELECT FROM previous)
    ), locked AS (
      SELECT user_id FROM ${schema}.trade_counters
      WHERE user_id = ${senderId} AND EXISTS (SELECT FROM possible) OR user_id = (SELECT id FROM possible)
      ORDER BY user_id FOR UPDATE
    ), moved AS (
      UPDATE ${schema}.cards SET owner_id = possible.id FROM possible
      WHERE cards.id = $2 AND cards.owner_id = ${senderId} AND (SELECT count(*) FROM locked) = 2
      RETURNING cards.name
    ), numbered AS (
      UPDATE ${schema}.trade_counters SET last_number = last_number + 1
      WHERE user_id IN (SELECT user_id FROM locked) AND EXISTS (SELECT FROM moved)
      RETURNING user_id, last_number
    ), logged AS (
      INSERT INTO ${schema}.trade_entries (user_id, number, sent, trade_id, card_id, card_name,
        counterparty_id, counterparty_username, counterparty_name, created_at)
      SELECT numbered.user_id, numbered.last_number, numbered.user_id = sender.id, $4::uuid, $2, moved.name,
        CASE WHEN numbered.user_id = sender.id THEN possible.id ELSE sender.id END,
        CASE WHEN numbered.user_id = sender.id THEN possible.username ELSE sender.username END,
        CASE WHEN numbered.user_id = sender.id THEN possible.name ELSE sender.name END,
        $5::text::timestamptz
      FROM numbered, moved, possible, sender
      RETURNING number, sent, card_name, counterparty_username, counterparty_name
    ), entry AS (
      SELECT * FROM logged WHERE sent
    ), claimed AS (
      INSERT INTO ${schema}.idempotency_records (user_id, key, request, answer, claimed_at)
      SELECT sender.id, $8, $9::text, json_build_object('number', entry.number, 'direction', 'sent', 'tradeId', $4::uuid,
        'cardId', $2::uuid, 'cardName', entry.card_name, 'counterparty',
        json_build_object('id', possible.id, 'username', possible.username, 'name', possible.name),
        'createdAt', $5::text), $10::timestamptz
      FROM entry, possible, sender WHERE $8 IS NOT NULL
    )
    SELECT sender.id, sender.username, sender.name, entry.number, entry.card_name, entry.counterparty_username, entry.counterparty_name,
      (SELECT owner_id FROM card), (SELECT id FROM recipient), previous.request, previous.answer
    FROM sender LEFT JOIN entry ON true LEFT JOIN previous ON true`,
    ([
      senderId,
      senderUsername,
      senderName,
      number,
      cardName,
      username,
      name,
      cardOwnerId,
      recipientId,
      request,
      answer,
    ]: Columns): RecordTradeRow => ({
      sender: { id: senderId, username: senderUsername, name: senderName },
      recorded:
        number === null || recipientId === null
          ? null
          : { number, cardName, counterparty: { id: recipientId, username, name } },
      facts: { cardOwnerId, recipientId },
      replayed: replayedOf([request, answer]),
    }),
  );
}
