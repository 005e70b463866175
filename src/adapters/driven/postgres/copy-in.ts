import type { PoolClient } from 'pg';
import { pg } from '../../../peers/pg.js';

/** Values of one row, as text that PostgreSQL converts to the type of the column. */
export type TextRow = readonly (string | null)[];

/**
 * Adds rows with `COPY … FROM STDIN`, which takes PostgreSQL a third of the time of an INSERT. For plain clients of the
 * driver only (`isPlain`): PGlite's has no COPY.
 */
export const copyRows = (client: PoolClient, text: string, rows: readonly TextRow[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const query = new CopyIn(text, Buffer.from(linesOf(rows)));
    const onEnd = (error: Error | null): void => (error ? reject(error) : resolve());
    const returned: unknown = client.query(query as never, onEnd as never);
    // A client whose `query` was replaced, by the application or to trace it, may refuse by a promise.
    if (returned instanceof Promise) returned.catch(reject);
  });

/** What is used of the driver's connection. `@types/pg` leaves it out. */
interface CopyConnection {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

class CopyIn extends pg.Query {
  constructor(
    text: string,
    private readonly data: Buffer,
  ) {
    super(text);
  }

  /** Called by the driver when the server is ready for the rows. */
  handleCopyInResponse(connection: CopyConnection): void {
    connection.sendCopyFromChunk(this.data);
    connection.endCopyFrom();
  }
}

/** Rows in the text format of COPY (PostgreSQL manual, COPY, "Text Format"). */
const linesOf = (rows: readonly TextRow[]): string => rows.map(row => `${row.map(fieldOf).join('\t')}\n`).join('');

const SPECIAL = /[\\\n\r\t]/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const fieldOf = (value: string | null): string =>
  value === null ? '\\N' : value.replace(SPECIAL, found => ESCAPES[found] ?? found);
