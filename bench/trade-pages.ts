import pg from 'pg';
import { postgres } from '../src/adapters/driven/postgres/index.js';
import type { Storage, User } from '../src/index.js';
import { addUser } from '../src/testing/storage-conformance/fixtures.js';
import { progress, quantile, round, times } from './measure.js';

export interface PageResult {
  readonly case: string;
  readonly direction: string;
  readonly p50: number;
  readonly p99: number;
  /** Of the p50 in the small table, where the same page is read in the same run. */
  readonly ratio: number;
}

const LIMIT = 51;
const ROUNDS = 5;
const READS = 300;
const DIRECTIONS = ['all', 'sent', 'received'] as const;
type Direction = (typeof DIRECTIONS)[number];

interface Subject {
  readonly name: string;
  readonly storage: Storage;
  readonly user: User;
  readonly before: number | null;
}

/**
 * What a page of trades costs in a table of a thousand and of a million trades, for a user like any other, deep in a
 * log of a million entries, and where a million entries go the other way. Subjects take turns, so that what else the
 * machine does is the same for all.
 */
export async function benchTradePages(url: string, large = 1_000_000): Promise<PageResult[]> {
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  try {
    const small = await table(pool, 'bench_small', 1_000);
    const big = await table(pool, 'bench_large', large);
    const deep = await addUserWithLog(pool, 'bench_large', big.storage, large, 'number % 2 = 0');
    const receiver = await addUserWithLog(pool, 'bench_large', big.storage, large, 'number <= 20');
    const sender = await addUserWithLog(pool, 'bench_large', big.storage, large, 'number > 20');
    await pool.query('VACUUM (ANALYZE, PARALLEL 0) bench_small.trade_entries');
    await pool.query('VACUUM (ANALYZE, PARALLEL 0) bench_large.trade_entries');

    const thousandth = large - 999 * (LIMIT - 1);
    const lopsided = (direction: Direction): User => (direction === 'sent' ? receiver : sender);
    const results: PageResult[] = [];
    for (const direction of DIRECTIONS) {
      const subjects: Subject[] = [
        { name: '1e3 trades', ...small, before: null },
        { name: `${large.toExponential(0)} trades`, ...big, before: null },
        { name: 'log of a million, page 1', storage: big.storage, user: deep, before: null },
        { name: 'log of a million, page 1,000', storage: big.storage, user: deep, before: thousandth },
        { name: 'a million the other way', storage: big.storage, user: lopsided(direction), before: null },
      ];
      results.push(...(await compare(subjects, direction)));
    }
    await small.storage.close();
    await big.storage.close();
    return results;
  } finally {
    await pool.end();
  }
}

async function compare(subjects: readonly Subject[], direction: Direction): Promise<PageResult[]> {
  const taken = subjects.map((): number[] => []);
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    for (const [index, { name, storage, user, before }] of subjects.entries()) {
      progress(`pages of trades: ${direction}, ${name}, round ${turn + 1} of ${ROUNDS}`);
      const read = () => storage.trades.page(user.id, { direction, before, limit: LIMIT });
      await times(20, read);
      taken[index]?.push(...(await times(READS, read)));
    }
  }
  const medians = taken.map(all =>
    quantile(
      all.sort((a, b) => a - b),
      0.5,
    ),
  );
  return subjects.map(({ name }, index) => ({
    case: name,
    direction,
    p50: round(medians[index] ?? 0),
    p99: round(quantile(taken[index] ?? [], 0.99)),
    ratio: round((medians[index] ?? 0) / (medians[0] ?? 1), 2),
  }));
}

/** A table of so many trades among users with 100 entries each; the user whose log is read has 60 sent, 60 received. */
async function table(pool: pg.Pool, schema: string, trades: number): Promise<{ storage: Storage; user: User }> {
  progress(`making ${trades} trades in ${schema}`);
  await pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  const storage = await postgres({ pool, schema }).open();
  const users = Math.max(10, trades / 50);
  await pool.query(
    `INSERT INTO ${schema}.trade_entries
    SELECT md5('user' || number % $2)::uuid, number / $2 + 1, number % 2 = 0, gen_random_uuid(), gen_random_uuid(),
      'card', gen_random_uuid(), 'other', 'Other', now()
    FROM generate_series(0, $1::bigint * 2 - 1) AS number`,
    [trades, Math.floor(users)],
  );
  return { storage, user: await addUserWithLog(pool, schema, storage, 120, 'number % 2 = 0') };
}

/** `sent` is a condition on the number of an entry. */
async function addUserWithLog(pool: pg.Pool, schema: string, storage: Storage, entries: number, sent: string) {
  progress(`making a log of ${entries} entries in ${schema}`);
  const user = await addUser(storage);
  await pool.query(
    `INSERT INTO ${schema}.trade_entries
    SELECT $1, number, ${sent}, gen_random_uuid(), gen_random_uuid(), 'card', gen_random_uuid(), 'other', 'Other', now()
    FROM generate_series(1, $2::bigint) AS number`,
    [user.id, entries],
  );
  await pool.query(`UPDATE ${schema}.trade_counters SET last_number = $2 WHERE user_id = $1`, [user.id, entries]);
  return user;
}
