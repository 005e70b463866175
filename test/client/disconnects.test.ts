import pg from 'pg';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { mongo } from '../../src/adapters/driven/mongo/index.js';
import { postgres } from '../../src/adapters/driven/postgres/index.js';
import { type Outcome, watchThroughDisconnects } from '../support/client/disconnects.js';
import { describeMongo } from '../support/stores/mongo-database.js';

function expectAllOnceInOrder({ received, log, lost }: Outcome, trades: number, disconnects: number): void {
  expect(lost).toBeGreaterThanOrEqual(disconnects);
  expect(new Set(log).size).toBe(trades);
  expect(received).toEqual(log);
}

describe('a client that is disconnected 200 times during 5,000 trades', () => {
  it('gets all of them, each once, in order, also when the listening connections of the servers are killed', async () => {
    const url = inject('postgresUrl');
    const schema = 'client_disconnects';
    const killer = new pg.Pool({ connectionString: url, max: 1 });
    onTestFinished(() => killer.end());
    let killed = 0;
    const whileLive = async (count: number): Promise<void> => {
      if (count % 20 !== 19) return;
      const { rowCount } = await killer.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'tradepost' AND query LIKE $1 AND pid <> pg_backend_pid()`,
        [`LISTEN ${schema}%`],
      );
      killed += rowCount ?? 0;
    };
    const outcome = await watchThroughDisconnects(() => postgres({ url, schema }), {
      trades: 5000,
      disconnects: 200,
      whileLive,
    });
    expectAllOnceInOrder(outcome, 5000, 200);
    expect(killed).toBeGreaterThanOrEqual(5);
  });
});

describeMongo('a client of a store that is polled, disconnected 20 times during 400 trades', ({ url, database }) => {
  it('gets all of them, each once, in order', async () => {
    const outcome = await watchThroughDisconnects(() => mongo({ url, database }), { trades: 400, disconnects: 20 });
    expectAllOnceInOrder(outcome, 400, 20);
  });
});
