import { findPage, findSession, findSessionAndPage } from './statements.mjs';
import { fromProduct } from './support.mjs';
import { page } from './trades.mjs';

/** Returns the JSON of a page, or null where there is no such session. */
export const listTrades = (pool, digest, queries) => ways[queries](pool, digest);

const ways = {
  /** The reference. */
  async two(pool, digest) {
    const { rows } = await pool.query(findSession(digest));
    const [user] = rows;
    if (!user) return null;
    const found = await pool.query(findPage(user.user_id));
    return JSON.stringify(page(user, found.rows));
  },

  async joined(pool, digest) {
    const { rows } = await pool.query(findSessionAndPage(digest));
    return rows[0] ? JSON.stringify(page(rows[0], rows)) : null;
  },

  /** One query, rows as arrays, times as text, JSON made by hand: close to the most that Node can do. */
  async raw(pool, digest) {
    const { rows } = await pool.query({ ...findSessionAndPage(digest), rowMode: 'array', types });
    return rows[0] ? rawPage(rows) : null;
  },
};

const TIMESTAMPTZ = 1184;
const { types: parsers } = fromProduct('pg');

/** An array, because pg also uses the `types` of a query as the list of its parameters' types. */
const types = Object.assign([], {
  getTypeParser: (oid, format) => (oid === TIMESTAMPTZ ? timestamp : parsers.getTypeParser(oid, format)),
});

/** `2026-01-31 12:00:00.12+00` as RFC 3339 with milliseconds. */
const timestamp = text => `${text.slice(0, 10)}T${text.slice(11, 19)}.${text.slice(20, -3).padEnd(3, '0')}Z`;

const party = (id, username, name) =>
  `{"id":"${id}","username":${JSON.stringify(username)},"name":${JSON.stringify(name)}}`;

/** The columns of `findSessionAndPage`: user, latest, entry. */
function rawPage(rows) {
  const [userId, username, name, latest, first] = rows[0];
  const self = party(userId, username, name);
  const shown = first === null ? [] : rows.slice(0, 50);
  const items = shown.map(row => {
    const other = party(row[9], row[10], row[11]);
    const [sender, recipient] = row[5] ? [self, other] : [other, self];
    return `{"id":"${row[6]}","cardId":"${row[7]}","cardName":${JSON.stringify(row[8])},"sender":${sender},"recipient":${recipient},"createdAt":"${row[12]}"}`;
  });
  const next = rows.length > 50 ? `"t${Number(shown.at(-1)[4]).toString(36)}"` : 'null';
  return `{"items":[${items.join()}],"next":${next},"latest":"t${Number(latest).toString(36)}"}`;
}
