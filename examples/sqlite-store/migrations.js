// @ts-check
import { SchemaPolicy, schemaStateOf } from 'tradepost/storage-kit';

/** @import { Database } from './database.js' */

/** In the order they are applied. A released migration is never changed; new ones are appended. */
const MIGRATIONS = [
  {
    name: '0001-core',
    // Ids, digests and timestamps are text that compares in the order Tradepost needs.
    sql: `
CREATE TABLE users (
  id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, username TEXT NOT NULL, username_key TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL, password_hash TEXT NOT NULL, created_at TEXT NOT NULL
) STRICT;
CREATE TABLE sessions (
  digest TEXT PRIMARY KEY, id TEXT NOT NULL, user_id TEXT NOT NULL REFERENCES users, created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL, last_used_at TEXT NOT NULL, user_agent TEXT
) STRICT;
CREATE UNIQUE INDEX sessions_of_user ON sessions (user_id, id);
CREATE INDEX sessions_expiry ON sessions (expires_at);
CREATE TABLE cards (
  id TEXT PRIMARY KEY, owner_id TEXT NOT NULL REFERENCES users, name TEXT NOT NULL, description TEXT NOT NULL,
  created_at TEXT NOT NULL
) STRICT;
CREATE INDEX cards_of_owner ON cards (owner_id, id);
CREATE TABLE trade_entries (
  user_id TEXT NOT NULL, number INTEGER NOT NULL, direction TEXT NOT NULL, trade_id TEXT NOT NULL,
  card_id TEXT NOT NULL, card_name TEXT NOT NULL, counterparty_id TEXT NOT NULL, counterparty_username TEXT NOT NULL,
  counterparty_name TEXT NOT NULL, created_at TEXT NOT NULL, PRIMARY KEY (user_id, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX trade_entries_by_direction ON trade_entries (user_id, direction, number);
CREATE TABLE idempotency_records (
  user_id TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL, answer TEXT NOT NULL, claimed_at TEXT NOT NULL,
  PRIMARY KEY (user_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_records_age ON idempotency_records (claimed_at);
CREATE TABLE attempts (
  key TEXT PRIMARY KEY, streak INTEGER NOT NULL, total INTEGER NOT NULL, ready_at TEXT NOT NULL, expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX attempts_expiry ON attempts (expires_at);`,
  },
];

/** A row of `migrations` whose name begins so marks an unfinished copy into the store. */
export const COPY_MARK = 'unfinished-copy-';

/** When the tables are created, refused or reported, by the rules of all stores. @param {Database} database */
export const schemaPolicy = database =>
  new SchemaPolicy({
    name: 'database',
    absence: 'the database has no tables of Tradepost',
    state: async () => readState(database),
    migrate: async () =>
      database.transaction(() => {
        const { pending } = readState(database);
        database.sqlite.exec('CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY) STRICT');
        for (const { name, sql } of MIGRATIONS.filter(migration => pending.includes(migration.name))) {
          database.sqlite.exec(sql);
          database.run('INSERT INTO migrations VALUES (?)', name);
        }
        return { applied: pending, current: MIGRATIONS.at(-1)?.name ?? null };
      }),
  });

/** @param {Database} database */
function readState(database) {
  const tables = database.all("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").map(row => row.name);
  const isOurs = tables.includes('migrations');
  const applied = isOurs ? database.all('SELECT name FROM migrations ORDER BY name').map(row => row.name) : [];
  const others = tables.filter(name => name !== 'migrations');
  return schemaStateOf(applied, MIGRATIONS, name => name.startsWith(COPY_MARK), others);
}
