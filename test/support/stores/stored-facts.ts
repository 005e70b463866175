import type { Binary, MongoClient } from 'mongodb';
import type pg from 'pg';

export interface StoredEntry {
  readonly user: string;
  readonly number: number;
  readonly sent: boolean;
  readonly trade: string;
  readonly card: string;
  readonly counterparty: string;
}

/** Reads a database directly, to compare what is stored with what Tradepost answered. */
export interface StoredFacts {
  accountsOf(email: string): Promise<number>;
  /** The entries of all users, sorted by user and number. */
  entries(): Promise<StoredEntry[]>;
  /** The last number of each log that has entries, by user. */
  counters(): Promise<Map<string, number>>;
  /** The owner of each card, by card. */
  owners(): Promise<Map<string, string>>;
}

export const postgresFacts = (pool: pg.Pool, schema: string): StoredFacts => ({
  accountsOf: async email => {
    const { rows } = await pool.query(`SELECT count(*)::int AS count FROM ${schema}.users WHERE email = $1`, [email]);
    return rows[0].count;
  },
  entries: async () => {
    const { rows } = await pool.query(
      `SELECT user_id AS user, number::int, sent, trade_id AS trade, card_id AS card, counterparty_id AS counterparty
      FROM ${schema}.trade_entries ORDER BY user_id, number`,
    );
    return rows;
  },
  counters: async () => {
    const { rows } = await pool.query(
      `SELECT user_id, last_number::int FROM ${schema}.trade_counters WHERE last_number > 0`,
    );
    return new Map(rows.map(({ user_id, last_number }) => [user_id, last_number]));
  },
  owners: async () => {
    const { rows } = await pool.query(`SELECT id, owner_id FROM ${schema}.cards`);
    return new Map(rows.map(({ id, owner_id }) => [id, owner_id]));
  },
});

const text = (id: Binary): string => id.toUUID().toHexString();

export const mongoFacts = (client: MongoClient, database: string): StoredFacts => {
  const all = (collection: string, sort = {}) =>
    client.db(database).collection(`tradepost.${collection}`).find({}, { sort }).toArray();
  return {
    accountsOf: email => client.db(database).collection('tradepost.users').countDocuments({ email }),
    entries: async () =>
      (await all('trade_entries', { userId: 1, number: 1 })).map(entry => ({
        user: text(entry.userId),
        number: entry.number,
        sent: entry.sent,
        trade: text(entry.tradeId),
        card: text(entry.cardId),
        counterparty: text(entry.counterpartyId),
      })),
    counters: async () =>
      new Map((await all('trade_counters')).map(({ _id, lastNumber }) => [text(_id as never), lastNumber])),
    owners: async () => new Map((await all('cards')).map(({ _id, ownerId }) => [text(_id as never), text(ownerId)])),
  };
};
