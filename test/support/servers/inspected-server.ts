import pg from 'pg';
import { inject } from 'vitest';
import { postgres } from '../../../src/adapters/driven/postgres/index.js';
import type { TradepostOptions } from '../../../src/index.js';
import type { Serving } from './http-server.js';
import { freshSchema, serve } from './http-server.js';

/** Tradepost over HTTP on its own PostgreSQL schema, with queries of its tables. */
export interface Inspected extends Serving {
  readonly pool: pg.Pool;
  readonly schema: string;
  rows<Row extends pg.QueryResultRow>(sql: string, ...values: unknown[]): Promise<Row[]>;
}

/** `sql` names the tables without their schema. */
export async function serveInspected(options: Omit<TradepostOptions, 'storage'> = {}): Promise<Inspected> {
  const schema = freshSchema();
  const url = inject('postgresUrl');
  const pool = new pg.Pool({ connectionString: url, max: 2, options: `-c search_path=${schema}` });
  const serving = await serve({ storage: postgres({ url, schema }), ...options });
  return {
    ...serving,
    pool,
    schema,
    rows: async (sql, ...values) => (await pool.query(sql, values)).rows,
    stop: async () => {
      await serving.stop();
      await pool.end();
    },
  };
}
