import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { runInOneTransaction } from '../../../../src/adapters/driven/postgres/queries/joint-transaction.js';
import type { Pending } from '../../../../src/adapters/driven/postgres/queries/pending.js';
import { runPipelined } from '../../../../src/adapters/driven/postgres/queries/pipelined-queries.js';
import { isPrepared, runStatement } from '../../../../src/adapters/driven/postgres/queries/prepared-query.js';
import { type Parameter, type Statement, statement } from '../../../../src/adapters/driven/postgres/statement.js';

const pool = new pg.Pool({ connectionString: inject('postgresUrl'), max: 1, query_timeout: 1000 });
pool.on('error', () => undefined);
afterAll(() => pool.end());

/** Without a limit, because a statement that was given up may hold a lock for a while. */
const admin = new pg.Pool({ connectionString: inject('postgresUrl'), max: 1 });
const table = `pipelined_${randomBytes(6).toString('hex')}`;
const one = ([value]: readonly unknown[]) => value;
const divide = statement('divide_pipelined', 'SELECT 12 / $1::int', one);
const many = statement('many_pipelined', 'SELECT number FROM generate_series(1, $1::int) AS number', one);
const sleep = statement('sleep_pipelined', 'SELECT pg_sleep($1::float8)', one);
const end = statement('end_pipelined', 'SELECT pg_terminate_backend(pg_backend_pid()) WHERE $1::int = 1', one);
const insert = statement(
  'insert_pipelined',
  `INSERT INTO ${table} VALUES ($1::int, pg_current_xact_id()) RETURNING number`,
  one,
);
const unreadable = statement('unreadable_pipelined', 'SELECT $1::int', ([value]) => {
  if (value === 3) throw new Error('three');
  return value;
});

/** Rows, or the error that a statement was rejected with. */
type Outcome = readonly unknown[] | Error;

/** Runs `work` on a client that knows the statements, and returns the outcomes, `pending` where there is none. */
async function outcomesOf(
  wanted: readonly (readonly [Statement<unknown>, Parameter])[],
  work: (client: pg.PoolClient, pending: readonly Pending[]) => Promise<void>,
): Promise<{ outcomes: (Outcome | 'pending')[]; failure: unknown; isUsable: boolean }> {
  const client = await pool.connect();
  client.on('error', () => undefined);
  for (const each of [divide, many, insert, unreadable]) await runStatement(client, each, [1]);
  for (const each of [sleep, end]) await runStatement(client, each, [0]);
  await client.query(`TRUNCATE ${table}`);
  const outcomes: (Outcome | 'pending')[] = wanted.map(() => 'pending');
  const pending = wanted.map(
    ([each, value], index): Pending => ({
      statement: each,
      values: [value],
      resolve: rows => {
        outcomes[index] = rows;
      },
      reject: error => {
        outcomes[index] = error as Error;
      },
    }),
  );
  const failure = await work(client, pending).then(
    () => null,
    error => error,
  );
  const isUsable = await runStatement(client, many, [2]).then(
    rows => rows.length === 2,
    () => false,
  );
  client.release(!isUsable);
  return { outcomes, failure, isUsable };
}

beforeEach(async () => {
  await admin.query(`CREATE TABLE IF NOT EXISTS ${table} (number int PRIMARY KEY, transaction xid8)`);
  await admin.query(`TRUNCATE ${table}`);
});
afterAll(async () => {
  await admin.query(`DROP TABLE ${table}`);
  await admin.end();
});

const stored = async () =>
  (await admin.query<{ number: number; transaction: string }>(`SELECT * FROM ${table} ORDER BY 1`)).rows;

describe('statements sent together', () => {
  it('are known to be prepared once one has run, on that connection', async () => {
    const client = await pool.connect();
    const fresh = statement(`fresh_${table}`, 'SELECT 1', one);
    expect(isPrepared(client, fresh)).toBe(false);
    await runStatement(client, fresh, []);
    expect(isPrepared(client, fresh)).toBe(true);
    expect(isPrepared({} as pg.PoolClient, fresh)).toBe(false);
    client.release();
  });

  it('have the rows of each, in a transaction each', async () => {
    const wanted = [
      [many, 3],
      [divide, 4],
      [many, 0],
      [insert, 1],
      [insert, 2],
      [many, 1],
    ] as const;
    const { outcomes, failure, isUsable } = await outcomesOf(wanted, runPipelined);
    expect(outcomes).toEqual([[1, 2, 3], [3], [], [1], [2], [1]]);
    expect([failure, isUsable]).toEqual([null, true]);
    const [first, second] = await stored();
    expect(first?.transaction).not.toBe(second?.transaction);
  });

  it('fail each by itself: by the server, by a row that cannot be read, by a value that cannot be sent', async () => {
    const wanted = [
      [divide, 0],
      [insert, 1],
      [insert, 1],
      [unreadable, 3],
      [many, {} as never],
      [divide, 0],
      [unreadable, 4],
    ] as const;
    const { outcomes, failure, isUsable } = await outcomesOf(wanted, runPipelined);
    expect(outcomes).toMatchObject([
      { code: '22012' },
      [1],
      { code: '23505' },
      { message: 'three' },
      expect.any(TypeError),
      { code: '22012' },
      [4],
    ]);
    expect([failure, isUsable]).toEqual([null, true]);
    expect(await stored()).toHaveLength(1);
  });

  it('fail all, those behind too, where the connection ends', async () => {
    const { outcomes, failure, isUsable } = await outcomesOf(
      [
        [divide, 3],
        [end, 1],
        [divide, 4],
        [divide, 6],
      ],
      runPipelined,
    );
    expect(outcomes[0]).toEqual([4]);
    expect(outcomes[1]).toMatchObject({ code: '57P01' });
    expect(outcomes.slice(2)).toEqual([expect.any(Error), expect.any(Error)]);
    expect([failure, isUsable]).toEqual([outcomes[1], false]);
  });

  it('fail all at once, those behind too, where one is given up', async () => {
    const began = performance.now();
    const { outcomes, failure } = await outcomesOf(
      [
        [divide, 3],
        [sleep, 60],
        [sleep, 60],
        [divide, 4],
      ],
      runPipelined,
    );
    const givenUp = expect.objectContaining({ message: 'Query read timeout' });
    expect(outcomes).toEqual([[4], givenUp, givenUp, givenUp]);
    expect(failure).toBe(outcomes[1]);
    // Not a limit for each of them; and the one to see whether the connection is usable.
    expect(performance.now() - began).toBeLessThan(2900);
  });

  it('are none where no value can be sent', async () => {
    const { outcomes, failure } = await outcomesOf([[many, {} as never]], runPipelined);
    expect([outcomes, failure]).toEqual([[expect.any(TypeError)], null]);
  });

  it('are refused by a client whose `query` was replaced', async () => {
    const refusing = { query: () => Promise.reject(new Error('no')) } as unknown as pg.PoolClient;
    const { outcomes } = await outcomesOf(
      [
        [many, 1],
        [many, 2],
      ],
      (_client, pending) => runPipelined(refusing, pending),
    );
    expect(outcomes).toEqual([new Error('no'), new Error('no')]);
  });

  it('fail, and nothing is thrown into the socket, where a replaced `query` throws at a later one', async () => {
    const throwing = new Error('replaced');
    const { outcomes } = await outcomesOf(
      [
        [divide, 3],
        [divide, 4],
      ],
      async (client, pending) => {
        const { query } = client;
        let calls = 0;
        client.query = ((...args: [never]) => {
          calls += 1;
          if (calls === 2) throw throwing;
          return query.apply(client, args as never);
        }) as never;
        await runPipelined(client, pending).catch(() => undefined);
        client.query = query;
      },
    );
    expect(outcomes).toEqual([[4], throwing]);
  });
});

describe('statements in one transaction', () => {
  const jointly = (client: pg.PoolClient, pending: readonly Pending[]): Promise<void> =>
    runInOneTransaction(client, { statement: many, values: [2] }, pending);

  it('take effect together, and each has its rows', async () => {
    const { outcomes, failure, isUsable } = await outcomesOf(
      [
        [insert, 1],
        [many, 2],
        [insert, 2],
        [unreadable, 3],
      ],
      jointly,
    );
    expect(outcomes).toEqual([[1], [1, 2], [2], new Error('three')]);
    expect([failure, isUsable]).toEqual([null, true]);
    const [first, second] = await stored();
    expect(first?.transaction).toBe(second?.transaction);
  });

  it('take no effect where one fails, and have no outcomes', async () => {
    const { outcomes, failure, isUsable } = await outcomesOf(
      [
        [insert, 1],
        [divide, 0],
        [insert, 2],
      ],
      jointly,
    );
    expect(outcomes).toEqual(['pending', 'pending', 'pending']);
    expect(failure).toMatchObject({ code: '22012' });
    expect(isUsable).toBe(true);
    expect(await stored()).toEqual([]);
  });

  it.each<[string, readonly (readonly [Statement<unknown>, Parameter])[], object, boolean]>([
    [
      'the connection ends',
      [
        [insert, 1],
        [end, 1],
        [insert, 2],
      ],
      { code: '57P01' },
      false,
    ],
    [
      'a value cannot be sent',
      [
        [insert, 1],
        [many, {} as never],
      ],
      { name: 'TypeError' },
      true,
    ],
  ])('have no outcomes where %s', async (_case, wanted, error, wasUsable) => {
    const { outcomes, failure, isUsable } = await outcomesOf(wanted, jointly);
    expect(new Set(outcomes)).toEqual(new Set(['pending']));
    expect(failure).toMatchObject(error);
    expect(isUsable).toBe(wasUsable);
    expect(await stored()).toEqual([]);
  });

  it('have no outcomes where they are given up, which may take effect or not', async () => {
    const { outcomes, failure } = await outcomesOf(
      [
        [insert, 1],
        [sleep, 1.5],
      ],
      jointly,
    );
    expect([outcomes, failure]).toEqual([['pending', 'pending'], new Error('Query read timeout')]);
  });

  it('are refused by a client whose `query` was replaced', async () => {
    const refusing = { query: () => Promise.reject(new Error('no')) } as unknown as pg.PoolClient;
    const { failure } = await outcomesOf([[insert, 1]], (_client, pending) => jointly(refusing, pending));
    expect(failure).toEqual(new Error('no'));
  });
});
