import { Duplex } from 'node:stream';
import type { PoolClient } from 'pg';
import type { Parameter, Statement } from '../statement.js';
import { types } from '../types.js';
import { bindAndExecute } from './bind-message.js';

/**
 * Runs a statement and returns its rows. The driver's own query class requests the description of the result each time
 * and sends four messages one by one; this one requests it once for each statement and sends the rest in one write.
 */
export const runStatement = <Row>(
  client: PoolClient,
  statement: Statement<Row>,
  values: readonly Parameter[],
  prepares = true,
): Promise<Row[]> => {
  const name = prepares ? statement.name : '';
  return isPlain(client)
    ? new Promise((resolve, reject) => {
        const returned: unknown = client.query(new PreparedQuery(statement, name, values, resolve, reject) as never);
        // A client whose `query` was replaced, by the application or to trace it, may refuse by a promise.
        if (returned instanceof Promise) returned.catch(reject);
      })
    : runWithDriver(client, { ...statement, name }, values);
};

/** For clients that take no query class of others: the embedded database's, `pg-native`, and clients in pipeline mode. */
async function runWithDriver<Row>(
  client: PoolClient,
  { name, text, row }: Statement<Row>,
  values: readonly Parameter[],
): Promise<Row[]> {
  const result = await client.query<unknown[]>({ name, text, values: [...values], rowMode: 'array', types });
  return result.rows.map(row);
}

/** What `PreparedQuery` uses of the driver's connection. `@types/pg` leaves out most of it. */
export interface Connection {
  readonly stream: Duplex;
  /** The texts of named statements that the server knows. */
  readonly parsedStatements: Record<string, string>;
  parse(statement: { name: string; text: string }): void;
}

/** Whether a client is the driver's own, and takes query classes of others. */
export const isPlain = (client: PoolClient): boolean => {
  const { connection, pipeline } = client as unknown as { connection?: Partial<Connection>; pipeline?: boolean };
  return connection?.parsedStatements !== undefined && connection.stream instanceof Duplex && pipeline !== true;
};

/** Whether the client's server knows the statement already, and the client takes queries of this kind. */
export const isPrepared = (client: PoolClient, statement: Statement<unknown>): boolean =>
  isPlain(client) &&
  columnsOf.has(statement) &&
  (client as unknown as { connection: Connection }).connection.parsedStatements[statement.name] === statement.text;

type Parse = (text: string) => unknown;

/** The parsers of a statement's columns. They are the same on all connections of a database. */
const columnsOf = new WeakMap<Statement<unknown>, readonly Parse[]>();

/** A query as `pg` calls it: its methods are called with the messages of PostgreSQL (manual, 55.2.3). */
export class PreparedQuery<Row> {
  readonly text: string;
  private columns: readonly Parse[] | undefined;
  private readonly rows: Row[] = [];
  private failure: Error | null = null;

  constructor(
    private readonly statement: Statement<Row>,
    /** Empty for a statement that is not prepared. */
    readonly name: string,
    private readonly values: readonly Parameter[],
    resolve: (rows: Row[]) => void,
    reject: (error: Error) => void,
  ) {
    this.text = statement.text;
    this.columns = columnsOf.get(statement);
    this.callback = error => (error ? reject(error) : resolve(this.rows));
  }

  /** Replaced by the driver, which adds its time-out. */
  callback: (error: Error | null) => void;

  submit(connection: Connection): Error | null {
    const { name, text, values } = this;
    const known = connection.parsedStatements[name];
    if (known !== undefined && known !== text) return new Error(`statement ${name} exists with another text`);
    let messages: Buffer;
    try {
      messages = bindAndExecute(name, values, { describes: this.columns === undefined, syncs: true });
    } catch (error) {
      // The driver may call this in an event of its socket, where an exception would end the process.
      return error as Error;
    }
    if (known === undefined) connection.parse({ name, text });
    connection.stream.write(messages);
    return null;
  }

  handleRowDescription({ fields }: { fields: readonly { dataTypeID: number }[] }): void {
    this.columns = fields.map(({ dataTypeID }) => types.getTypeParser(dataTypeID, 'text') as Parse);
    columnsOf.set(this.statement, this.columns);
  }

  handleDataRow({ fields }: { fields: unknown[] }): void {
    if (this.failure) return;
    try {
      for (let index = 0; index < fields.length; index += 1) {
        const text = fields[index];
        if (text !== null) fields[index] = this.columns?.[index]?.(text as string);
      }
      this.rows.push(this.statement.row(fields));
    } catch (error) {
      // Thrown here, it would break the driver's parser. The connection is free once the rest has been read.
      this.failure = error as Error;
    }
  }

  handleReadyForQuery(): void {
    this.callback(this.failure);
  }

  handleError(error: Error): void {
    this.callback(error);
  }

  handleCommandComplete(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
  handleCopyInResponse(): void {}
  handleCopyData(): void {}
}
