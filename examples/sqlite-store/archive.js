// @ts-check
import { randomUUID } from 'node:crypto';
import { ARCHIVE_COLLECTIONS, CopyOvertaken, StoreNotEmpty, usernameKey } from 'tradepost';
import { COPY_MARK } from './migrations.js';
import { accountOf, cardOf, cardValues, entryOf, entryValues, sessionOf, sessionValues } from './rows.js';

/** @import { ArchiveCollection, ArchiveRows, StorageArchive, StorageImport } from 'tradepost' */
/** @import { Database, Row, Value } from './database.js' */

/**
 * How the rows of one collection are kept: the table, the columns that order it, a row and its key, and the values of
 * its columns.
 *
 * @template Item
 * @typedef {{ table: string, key: string[], rowOf(row: Row): Item, keyOf(item: Item): Value[], values(item: Item): Value[] }} Form
 */

/** @type {{ readonly [Collection in ArchiveCollection]: Form<ArchiveRows[Collection]> }} */
const FORMS = {
  users: {
    table: 'users',
    key: ['id'],
    rowOf: accountOf,
    keyOf: ({ user }) => [user.id],
    values: ({ user: { id, email, username, name, createdAt }, passwordHash }) => [
      ...[id, email, username, usernameKey(username), name, passwordHash, createdAt],
    ],
  },
  cards: { table: 'cards', key: ['id'], rowOf: cardOf, keyOf: ({ id }) => [id], values: cardValues },
  tradeEntries: {
    table: 'trade_entries',
    key: ['user_id', 'number'],
    rowOf: row => ({ userId: row.user_id, entry: entryOf(row) }),
    keyOf: ({ userId, entry }) => [userId, entry.number],
    values: ({ userId, entry }) => entryValues(userId, entry),
  },
  idempotencyRecords: {
    table: 'idempotency_records',
    key: ['user_id', 'key'],
    rowOf: ({ user_id: userId, key, request, answer, claimed_at: claimedAt }) => ({
      userId,
      claim: { key, request, claimedAt },
      answer: JSON.parse(answer),
    }),
    keyOf: ({ userId, claim }) => [userId, claim.key],
    values: ({ userId, claim, answer }) => [
      ...[userId, claim.key, claim.request, JSON.stringify(answer), claim.claimedAt],
    ],
  },
  sessions: {
    table: 'sessions',
    key: ['digest'],
    rowOf: row => ({ session: sessionOf(row), digest: row.digest }),
    keyOf: ({ digest }) => [digest],
    values: ({ session, digest }) => sessionValues(session, digest),
  },
};

/** @param {Database} database @returns {StorageArchive} */
export const sqliteArchive = database => ({
  read: async (collection, after, limit) => {
    const { table, key, rowOf, keyOf } = FORMS[collection];
    const from = after === null ? [] : keyOf(after);
    const range = after === null ? '' : `WHERE (${key}) > (${key.map(() => '?')})`;
    return database.all(`SELECT * FROM ${table} ${range} ORDER BY ${key} LIMIT ?`, ...from, limit).map(rowOf);
  },
  count: async collection => database.get(`SELECT count(*) AS rows FROM ${FORMS[collection].table}`)?.rows ?? 0,
  close: () => database.close(),
});

/** Empties the store of an unfinished copy, and marks it. @param {Database} database @returns {StorageImport} */
export function sqliteImport(database) {
  const mark = COPY_MARK + randomUUID();
  database.transaction(() => {
    const isUnfinished = database.run('DELETE FROM migrations WHERE name LIKE ?', `${COPY_MARK}%`) > 0;
    const held = ARCHIVE_COLLECTIONS.filter(name => database.get(`SELECT 1 FROM ${FORMS[name].table}`));
    if (held.length > 0 && !isUnfinished) throw new StoreNotEmpty(held);
    // Users last, because the others refer to them.
    for (const name of held.toReversed()) database.run(`DELETE FROM ${FORMS[name].table}`);
    database.run('INSERT INTO migrations VALUES (?)', mark);
  });
  const refuseOvertaken = () => {
    if (!database.get('SELECT 1 FROM migrations WHERE name = ?', mark)) throw new CopyOvertaken();
  };
  return {
    ...sqliteArchive(database),
    write: async (collection, rows) => {
      const { table, values } = FORMS[collection];
      database.transaction(() => {
        refuseOvertaken();
        for (const row of rows.map(values)) {
          database.run(`INSERT INTO ${table} VALUES (${row.map(() => '?')})`, ...row);
        }
      });
    },
    finish: async () =>
      database.transaction(() => {
        refuseOvertaken();
        database.run('DELETE FROM migrations WHERE name = ?', mark);
      }),
  };
}
