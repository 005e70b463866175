import { execute } from './postgres.js';

/**
 * Gives everybody a log of `each` entries, every other one sent, with others in the same database. Writes the tables
 * directly, because recording each trade would take longer than the measurement. Times have milliseconds, as Tradepost's.
 */
export const addEntries = (url: string, each: number): Promise<void> =>
  execute(
    url,
    `WITH people AS (
      SELECT id, username, name, row_number() OVER (ORDER BY id) - 1 AS rank, count(*) OVER () AS total
      FROM tradepost.users
    )
    INSERT INTO tradepost.trade_entries (user_id, number, sent, trade_id, card_id, card_name,
      counterparty_id, counterparty_username, counterparty_name, created_at)
    SELECT people.id, number, number % 2 = 0, gen_random_uuid(), gen_random_uuid(), 'Card ' || number,
      other.id, other.username, other.name,
      date_trunc('milliseconds', now()) - (${each} - number) * interval '1 minute'
    FROM people CROSS JOIN generate_series(1, ${each}) AS number
    JOIN people AS other ON other.rank = (people.rank + 1 + number % (people.total - 1)) % people.total`,
    `UPDATE tradepost.trade_counters SET last_number = ${each}`,
    'VACUUM (ANALYZE, PARALLEL 0)',
  );
