import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { postgres } from '../../../src/adapters/driven/postgres/index.js';
import type { Storage } from '../../../src/index.js';
import { addUser } from '../../../src/testing/storage-conformance/fixtures.js';
import { countingPool } from './counting-pool.js';

const { pool, during } = countingPool(inject('postgresUrl'));
const ENTRIES = 50_000;
let storage: Storage;

beforeAll(async () => {
  storage = await postgres({ pool, schema: 'page_plan' }).open();
});
afterAll(async () => {
  await storage.close();
  await pool.end();
});

/** A user whose log has one sent entry, the first, and only received ones after it. */
async function lopsidedUser() {
  const [user, other] = [await addUser(storage), await addUser(storage)];
  await pool.query(
    `INSERT INTO page_plan.trade_entries
      SELECT $1, number, number = 1, gen_random_uuid(), gen_random_uuid(), 'card', $2, 'other', 'Other', now()
      FROM generate_series(1, $3::bigint) AS number`,
    [user.id, other.id, ENTRIES],
  );
  await pool.query('UPDATE page_plan.trade_counters SET last_number = $2 WHERE user_id = $1', [user.id, ENTRIES]);
  await pool.query('ANALYZE page_plan.trade_entries');
  return user;
}

interface Plan {
  readonly 'Node Type': string;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
}

describe('a page of trades', () => {
  it.each([
    ['all', 51],
    ['received', 51],
    ['sent', 1],
  ] as const)(
    'reads no more entries than the page has, where all entries but one have the other direction (%s)',
    async (direction, count) => {
      const user = await lopsidedUser();
      const range = { direction, before: null, limit: 51 };
      const [text] = await during(async () => {
        expect((await storage.trades.page(user.id, range)).entries).toHaveLength(count);
      });
      const values = [user.id, Number.MAX_SAFE_INTEGER, 51, ...(direction === 'all' ? [] : [direction === 'sent'])];
      // Like a named statement that was used often: planned without knowing the values.
      const client = await pool.connect();
      try {
        await client.query("SET plan_cache_mode = 'force_generic_plan'");
        const explained = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>({
          text: `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`,
          values,
        });
        const plan = explained.rows[0]?.['QUERY PLAN'][0].Plan;
        const blocks = (plan?.['Shared Hit Blocks'] ?? 0) + (plan?.['Shared Read Blocks'] ?? 0);
        expect(blocks).toBeGreaterThan(0);
        expect(blocks).toBeLessThan(70); // the whole log lies in more than 600
      } finally {
        client.release(true);
      }
    },
  );
});
