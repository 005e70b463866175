import type { Pool, PoolClient } from 'pg';
import { isRetryable, leavesConnectionUsable, storageError } from './failures.js';
import { types } from './types.js';

/** A statement that PostgreSQL parses and plans once a connection, known to it by name. */
export interface Statement<Row> {
  readonly name: string;
  readonly text: string;
  readonly row: (columns: readonly unknown[]) => Row;
}

/** `row` makes a value of the columns, which come in the order of the select list. */
export const statement = <Columns extends readonly unknown[], Row>(
  name: string,
  text: string,
  row: (columns: Columns) => Row,
): Statement<Row> => ({ name, text, row: row as unknown as Statement<Row>['row'] });

export type Parameter = string | number | boolean | null | Uint8Array | readonly string[];

const MAX_TRIES = 3;

/** All access to the pool: named statements, connections that are thrown away when they are no good, errors in our terms. */
export class Database {
  constructor(private readonly pool: Pool) {}

  /** One round trip. Retries what PostgreSQL rolled back for the sake of another transaction. */
  async query<Row>(statement: Statement<Row>, values: readonly Parameter[]): Promise<Row[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.withClient(client => run(client, statement, values));
      } catch (error) {
        if (!isRetryable(error) || attempt === MAX_TRIES) throw storageError(error);
      }
    }
  }

  async queryOne<Row>(statement: Statement<Row>, values: readonly Parameter[]): Promise<Row | null> {
    const [row] = await this.query(statement, values);
    return row ?? null;
  }

  /** What `work` does takes effect as a whole or not at all. */
  async transaction<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result> {
    try {
      return await this.withClient(async client => {
        await client.query('BEGIN');
        try {
          const result = await work(client);
          await client.query('COMMIT');
          return result;
        } catch (error) {
          await client.query('ROLLBACK').catch(() => undefined);
          throw error;
        }
      });
    } catch (error) {
      throw storageError(error);
    }
  }

  private async withClient<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result> {
    const client = await this.pool.connect();
    // A connection that breaks while it is checked out says so here too; without a listener that ends the process.
    client.on('error', ignore);
    let broken = false;
    try {
      return await work(client);
    } catch (error) {
      broken = !leavesConnectionUsable(error);
      throw error;
    } finally {
      client.off('error', ignore);
      client.release(broken);
    }
  }
}

/** The query that is under way fails with the same error, and is where it is handled. */
const ignore = (): void => undefined;

async function run<Row>(client: PoolClient, statement: Statement<Row>, values: readonly Parameter[]): Promise<Row[]> {
  const { name, text } = statement;
  const result = await client.query<unknown[]>({ name, text, values: [...values], rowMode: 'array', types });
  return result.rows.map(statement.row);
}
