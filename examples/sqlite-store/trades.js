// @ts-check
import { findAccount } from './accounts.js';
import { cardOf, cardValues, entryOf, entryValues } from './rows.js';

/** @import { Broadcast, CardRepository, IdempotencyClaim, IdempotencyRecords, RecordOutcome, TradeEntry, TradeLog, TradeProposal } from 'tradepost' */
/** @import { Database, Value } from './database.js' */

/**
 * Runs `write` in a transaction, unless the claim's key was used before: then returns the earlier answer. The answer is
 * kept with the claim, if the outcome has one.
 *
 * @template Outcome
 * @param {Database} database @param {string} userId @param {IdempotencyClaim | null} claim
 * @param {() => Outcome} write @param {(outcome: Outcome) => unknown} answerOf Returns undefined for no answer.
 */
const once = (database, userId, claim, write, answerOf) =>
  database.transaction(() => {
    const found =
      claim && database.get('SELECT * FROM idempotency_records WHERE user_id = ? AND key = ?', userId, claim.key);
    if (found) {
      return { outcome: /** @type {const} */ ('replayed'), request: found.request, answer: JSON.parse(found.answer) };
    }
    const outcome = write();
    const answer = answerOf(outcome);
    if (claim && answer !== undefined) {
      const values = [userId, claim.key, claim.request, JSON.stringify(answer), claim.claimedAt];
      database.run('INSERT INTO idempotency_records VALUES (?, ?, ?, ?, ?)', ...values);
    }
    return outcome;
  });

/** @param {Database} database @returns {IdempotencyRecords} */
export const sqliteIdempotency = database => ({
  removeExpired: async (before, limit) =>
    database.run(
      `DELETE FROM idempotency_records WHERE (user_id, key) IN (
        SELECT user_id, key FROM idempotency_records WHERE claimed_at <= ? LIMIT ?)`,
      ...[before, limit],
    ),
});

/** @param {Database} database @returns {CardRepository} */
export const sqliteCards = database => ({
  add: async (card, claim) => {
    const insert = () => {
      database.run('INSERT INTO cards VALUES (?, ?, ?, ?, ?)', ...cardValues(card));
      return { outcome: /** @type {const} */ ('added') };
    };
    return once(database, card.ownerId, claim, insert, () => card);
  },

  list: async (ownerId, { before, limit }) =>
    database
      .all('SELECT * FROM cards WHERE owner_id = ? AND id < ? ORDER BY id DESC LIMIT ?', ownerId, before ?? '~', limit)
      .map(cardOf),
});

/** @param {Database} database @param {Broadcast} signals @returns {TradeLog} */
export function sqliteTrades(database, signals) {
  /** @param {string} userId @returns {number} */
  const newest = userId =>
    database.get('SELECT max(number) AS number FROM trade_entries WHERE user_id = ?', userId)?.number ?? 0;
  /** @param {string} userId @param {Omit<TradeEntry, 'number'>} entry */
  const append = (userId, entry) => {
    const numbered = { number: newest(userId) + 1, ...entry };
    database.run('INSERT INTO trade_entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)', ...entryValues(userId, numbered));
    return numbered;
  };
  /** @param {TradeProposal} proposal @returns {RecordOutcome} */
  const trade = ({ id: tradeId, cardId, sender, recipient: reference, createdAt }) => {
    const row = database.get('SELECT * FROM cards WHERE id = ?', cardId);
    const card = row && cardOf(row);
    const recipient = findAccount(database, reference)?.user ?? null;
    if (card?.ownerId !== sender.id || !recipient || recipient.id === sender.id) {
      return { outcome: 'refused', facts: { cardOwnerId: card?.ownerId ?? null, recipientId: recipient?.id ?? null } };
    }
    const { id, username, name } = recipient;
    database.run('UPDATE cards SET owner_id = ? WHERE id = ?', id, cardId);
    const shared = { tradeId, cardId, cardName: card.name, createdAt };
    const entry = append(sender.id, { ...shared, direction: 'sent', counterparty: { id, username, name } });
    append(id, { ...shared, direction: 'received', counterparty: sender });
    return { outcome: 'recorded', entry };
  };
  return {
    record: async (proposal, claim) => {
      const { sender } = proposal;
      const answerOf = (/** @type {RecordOutcome} */ result) =>
        result.outcome === 'recorded' ? result.entry : undefined;
      const result = once(database, sender.id, claim, () => trade(proposal), answerOf);
      // After the commit, so that whoever reads because of the signal finds the entries.
      if (result.outcome === 'recorded') {
        signals.publish({ kind: 'entries', userIds: [sender.id, result.entry.counterparty.id] });
      }
      return result;
    },

    page: async (userId, { direction, before, limit }) => {
      const [filter, values] = direction === 'all' ? ['', []] : ['AND direction = ?', [direction]];
      const entries = database.all(
        `SELECT * FROM trade_entries WHERE user_id = ? ${filter} AND number < ? ORDER BY number DESC LIMIT ?`,
        ...[userId, ...values, before ?? Number.MAX_SAFE_INTEGER, limit],
      );
      return { entries: entries.map(entryOf), latest: newest(userId) };
    },

    entriesAfter: async (userId, after, limit) =>
      database
        .all(
          'SELECT * FROM trade_entries WHERE user_id = ? AND number > ? ORDER BY number LIMIT ?',
          userId,
          after,
          limit,
        )
        .map(entryOf),

    latest: async userIds =>
      new Map(
        database
          .all(
            `SELECT user_id, max(number) AS number FROM trade_entries
            WHERE user_id IN (SELECT value FROM json_each(?)) GROUP BY user_id`,
            JSON.stringify(userIds),
          )
          .map(row => [row.user_id, row.number]),
      ),
  };
}
