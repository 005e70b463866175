import { v7 } from 'uuid';
import { execute } from './postgres.js';

// Logs of any length. Their entries name cards, trades and people that do not exist: reading a page does not need them.

const ENTRY = `gen_random_uuid(), gen_random_uuid(), 'card', gen_random_uuid(), 'other', 'Other',
  date_trunc('milliseconds', now())`;

/** Adds trades, in logs of 100 entries each. */
export async function addTrades(url: string, trades: number): Promise<void> {
  const users = Math.max(10, Math.floor(trades / 50));
  await execute(
    url,
    `INSERT INTO tradepost.trade_entries
    SELECT md5('user' || number % ${users})::uuid, number / ${users} + 1, number % 2 = 0, ${ENTRY}
    FROM generate_series(0, ${trades}::bigint * 2 - 1) AS number`,
  );
}

/** Adds a user with a log of `entries` entries and returns the id. `sent` is a condition on an entry's number. */
export async function addUserWithLog<Id>(url: string, entries: number, sent: string): Promise<Id> {
  const id = v7();
  const name = `u${id.replaceAll('-', '').slice(-20)}`;
  await execute(
    url,
    `INSERT INTO tradepost.users (id, email, username, username_key, name, password_hash, created_at)
    VALUES ('${id}', '${name}@example.org', '${name}', '${name}', 'Somebody', '-', now())`,
    `INSERT INTO tradepost.trade_counters (user_id, last_number) VALUES ('${id}', ${entries})`,
    `INSERT INTO tradepost.trade_entries
    SELECT '${id}', number, ${sent}, ${ENTRY} FROM generate_series(1, ${entries}::bigint) AS number`,
  );
  return id as Id;
}

export const settle = (url: string): Promise<void> =>
  execute(url, 'VACUUM (ANALYZE, PARALLEL 0) tradepost.trade_entries');

/** Adds `each` entries to everybody's log, of the kind of those that exist. Nothing signals them. */
export const addMissedEntries = (url: string, each: number): Promise<void> =>
  execute(
    url,
    `INSERT INTO tradepost.trade_entries
    SELECT user_id, last_number + number, true, ${ENTRY}
    FROM tradepost.trade_counters CROSS JOIN generate_series(1, ${each}) AS number`,
    `UPDATE tradepost.trade_counters SET last_number = last_number + ${each}`,
  );
