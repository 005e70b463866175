import pg from 'pg';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { runStatement } from '../../../../src/adapters/driven/postgres/queries/prepared-query.js';
import { type Parameter, type Statement, statement } from '../../../../src/adapters/driven/postgres/statement.js';

const pool = new pg.Pool({ connectionString: inject('postgresUrl'), max: 1, options: '-c TimeZone=UTC' });
afterAll(() => pool.end());

/** Runs statements on the one connection of the pool, and returns the names of PostgreSQL's answers. */
async function answersTo(work: (client: pg.PoolClient) => Promise<unknown>): Promise<string[]> {
  const client = await pool.connect();
  const names: string[] = [];
  const { connection } = client as unknown as { connection: NodeJS.EventEmitter };
  const record = ({ name }: { name: string }): void => void names.push(name);
  connection.on('message', record);
  try {
    await work(client);
  } finally {
    connection.off('message', record);
    client.release();
  }
  return names;
}

async function run<Row>(wanted: Statement<Row>, values: readonly Parameter[]): Promise<Row[]> {
  const client = await pool.connect();
  try {
    return await runStatement(client, wanted, values);
  } finally {
    client.release();
  }
}

const all = (columns: readonly unknown[]): readonly unknown[] => columns;

describe('a prepared query', () => {
  const text = `SELECT $1::text, $2::int8, $3::boolean, $4::bytea, $5::text[], $6::timestamptz`;
  const types = statement('types', text, all);

  it('sends and reads every type of parameter', async () => {
    const bytes = Buffer.from([0, 1, 0x5c, 0xff]);
    const texts = ['', 'ä🂡', 'a "quote"', 'a\\backslash', 'comma, {brace}', 'NULL', ' space '];
    const values = ['Zoë 🂡', 2 ** 53 - 1, true, bytes, texts, '2026-01-31T12:00:00.120Z'];
    expect(await run(types, values)).toEqual([values]);
    // A view of a larger array: only its part is sent.
    const view = new Uint8Array([9, 0, 1, 0x5c, 0xff, 9]).subarray(1, 5);
    expect(await run(types, ['', -1, false, view, [], null])).toEqual([['', -1, false, bytes, [], null]]);
    expect(await run(types, [null, null, null, null, null, null])).toEqual([Array(6).fill(null)]);
  });

  it('is parsed and described once', async () => {
    const numbers = statement('numbers', 'SELECT number FROM generate_series(1, $1::int) AS number', ([n]) => n);
    expect(await answersTo(client => runStatement(client, numbers, [2]))).toEqual([
      ...['parseComplete', 'bindComplete', 'rowDescription', 'dataRow', 'dataRow', 'commandComplete', 'readyForQuery'],
    ]);
    expect(await answersTo(client => runStatement(client, numbers, [1]))).toEqual([
      ...['bindComplete', 'dataRow', 'commandComplete', 'readyForQuery'],
    ]);
  });

  it('rejects with the error of the server, and leaves the connection usable', async () => {
    const divide = statement('divide', 'SELECT 6 / $1::int', ([n]) => n);
    await expect(run(divide, [0])).rejects.toMatchObject({ code: '22012' });
    expect(await run(divide, [2])).toEqual([3]);
    const wrong = statement('wrong', 'SELECT nothing', all);
    await expect(run(wrong, [])).rejects.toMatchObject({ code: '42703' });
    expect(await run(divide, [3])).toEqual([2]);
  });

  it('rejects where a row cannot be read, after the rest has been received', async () => {
    const failing = statement('failing', 'SELECT number FROM generate_series(1, 5) AS number', ([n]) => {
      if (n === 3) throw new Error('three');
      return n;
    });
    await expect(run(failing, [])).rejects.toThrow('three');
    expect(await run(types, ['next', 1, true, null, [], null])).toHaveLength(1);
  });

  it('is refused under the name of another statement', async () => {
    await expect(run(statement('types', 'SELECT 1', all), [])).rejects.toThrow('another text');
  });

  it('rejects for a value that cannot be sent, also one that waits behind another query', async () => {
    const single = statement('single', 'SELECT $1::text', ([text]) => text);
    const client = await pool.connect();
    const before = client.query('SELECT pg_sleep(0.05)');
    await expect(runStatement(client, single, [{} as never])).rejects.toThrow(TypeError);
    await before;
    expect(await runStatement(client, single, ['sent'])).toEqual(['sent']);
    client.release();
  });

  it('works where the connection takes no query of this kind', async () => {
    const piped = new pg.Pool({ connectionString: inject('postgresUrl'), max: 1, pipeline: true } as pg.PoolConfig);
    const client = await piped.connect();
    const counted = statement('counted', 'SELECT count(*) FROM generate_series(1, $1::int)', ([n]) => n);
    const results = await Promise.all([1, 2, 3].map(many => runStatement(client, counted, [many])));
    expect(results).toEqual([[1], [2], [3]]);
    client.release();
    await piped.end();
  });

  it('rejects as a replaced `query` of the client does', async () => {
    const client = await pool.connect();
    const replaced = new Proxy(client, {
      get: (target, key) => (key === 'query' ? () => Promise.reject(new Error('no')) : Reflect.get(target, key)),
    });
    await expect(runStatement(replaced, types, [])).rejects.toThrow('no');
    client.release();
  });
});
