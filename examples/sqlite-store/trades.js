// @ts-check
import { findAccount } from './accounts.js';
import { cardOf, cardValues, entryOf, entryValues } from './rows.js';

/** @import { Broadcast, CardRepository, IdempotencyClaim, IdempotencyRecords, TradeEntry, TradeLog } from 'tradepost' */
/** @import { Database, Value } from './database.js' */

/**
 * Runs `write` in a transaction, unless the claim's key was used before: then returns the earlier answer. What `write`
 * returns as `answer` is kept with the claim; undefined for nothing.
 *
 * @template Outcome
 * @param {Database} database @param {string} userId @param {IdempotencyClaim | null} claim
 * @param {() => { outcome: Outcome, answer?: unknown }} write
 */
const once = (database, userId, claim, write) =>
  database.transaction(() => {
    const found =
      claim && database.get('SELECT * FROM idempotency_records WHERE user_id = ? AND key = ?', userId, claim.key);
    if (found) {
      return { outcome: /** @type {const} */ ('replayed'), request: found.request, answer: JSON.parse(found.answer) };
    }
    const { outcome, answer } = write();
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
  add: async (card, claim) =>
    once(database, card.ownerId, claim, () => {
      database.run('INSERT INTO cards VALUES (?, ?, ?, ?, ?)', ...cardValues(card));
      return { outcome: { outcome: /** @type {const} */ ('added') }, answer: card };
    }),

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
  return {
    record: async ({ id, cardId, sender, recipient: reference, createdAt }, claim) => {
      const result = once(database, sender.id, claim, () => {
        const row = database.get('SELECT * FROM cards WHERE id = ?', cardId);
        const card = row && cardOf(row);
        const recipient = findAccount(database, reference)?.user ?? null;
        if (card?.ownerId !== sender.id || !recipient || recipient.id === sender.id) {
          const facts = { cardOwnerId: card?.ownerId ?? null, recipientId: recipient?.id ?? null };
          return { outcome: { outcome: /** @type {const} */ ('refused'), facts } };
        }
        database.run('UPDATE cards SET owner_id = ? WHERE id = ?', recipient.id, cardId);
        const trade = { tradeId: id, cardId, cardName: card.name, createdAt };
        const { id: recipientId, username, name } = recipient;
        const entry = append(sender.id, {
          ...trade,
          direction: 'sent',
          counterparty: { id: recipientId, username, name },
        });
        append(recipientId, { ...trade, direction: 'received', counterparty: sender });
        return { outcome: { outcome: /** @type {const} */ ('recorded'), entry, recipientId }, answer: entry };
      });
      if (result.outcome !== 'recorded') return result;
      // After the commit, so that whoever reads because of the signal finds the entries.
      signals.publish({ kind: 'entries', userIds: [sender.id, result.recipientId] });
      return { outcome: 'recorded', entry: result.entry };
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
