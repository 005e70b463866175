import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { postgres } from '../../../src/adapters/driven/postgres/index.js';
import type { Storage } from '../../../src/index.js';
import { addCard, addUser, proposal, times } from '../../../src/testing/storage-conformance/fixtures.js';

const url = inject('postgresUrl');
const schema = `hot_${randomUUID().slice(0, 8)}`;
const pool = new pg.Pool({ connectionString: url, max: 1 });
let storage: Storage;

beforeAll(async () => {
  storage = await postgres({ url, schema }).open();
});
afterAll(async () => {
  await storage?.close();
  await pool.end();
});

/** The updates of a table so far, and how many of them touched no index (heap-only tuples; PostgreSQL manual, 65.7). */
async function updatesOf(table: string): Promise<{ all: number; hot: number }> {
  const text = 'SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE schemaname = $1 AND relname = $2';
  const { rows } = await pool.query<{ n_tup_upd: string; n_tup_hot_upd: string }>(text, [schema, table]);
  return { all: Number(rows[0]?.n_tup_upd), hot: Number(rows[0]?.n_tup_hot_upd) };
}

it('a trade updates both counters within their pages; of the card it updates the index of owners, as docs/scaling.md says', async () => {
  const [ann, bob] = [await addUser(storage), await addUser(storage)];
  const card = await addCard(storage, ann);
  const trades = 100;
  for (const index of times(trades)) {
    const [sender, recipient] = index % 2 === 0 ? [ann, bob] : [bob, ann];
    expect(await storage.trades.record(proposal(sender, card, { id: recipient.id }), null)).toMatchObject({
      outcome: 'recorded',
    });
  }
  // A server process reports its counts a second after its work, or when it ends.
  await vi.waitFor(async () => expect((await updatesOf('cards')).all).toBe(trades), { timeout: 15_000, interval: 100 });
  expect(await updatesOf('cards')).toEqual({ all: trades, hot: 0 });
  const counters = await updatesOf('trade_counters');
  expect(counters.all).toBe(2 * trades);
  expect(counters.hot / counters.all).toBeGreaterThan(0.9);
});
