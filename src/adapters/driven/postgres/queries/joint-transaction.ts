import type { PoolClient } from 'pg';
import { bindAndExecute } from './bind-message.js';
import type { Pending } from './pending.js';
import { type Connection, PreparedQuery } from './prepared-query.js';

/**
 * Runs statements in one transaction, sent in one write. PostgreSQL begins it with the first and commits it at the Sync after
 * the last (manual, 55.2.4, "Pipelining"). When it is committed, each of `pending` gets its rows. All of them and `first`
 * must be prepared (`isPrepared`).
 * @throws the error of the first that failed, when nothing has taken effect, or an error of the connection, when that is
 * unknown. None of `pending` has an outcome then.
 */
export const runInOneTransaction = (
  client: PoolClient,
  first: Pick<Pending, 'statement' | 'values'>,
  pending: readonly Pending[],
): Promise<void> =>
  new Promise((resolve, reject) => {
    const all = [{ ...first, resolve: ignore, reject: ignore }, ...pending];
    const returned: unknown = client.query(new JointTransaction(all, resolve, reject) as never);
    // A client whose `query` was replaced, by the application or to trace it, may refuse by a promise.
    if (returned instanceof Promise) returned.catch(reject);
  });

const ignore = (): void => undefined;

/** A query as `pg` calls it, which hands the answers of each statement to a query of its own. */
class JointTransaction {
  readonly text = '';
  readonly name = '';
  private readonly queries: readonly PreparedQuery<unknown>[];
  private current = 0;
  private isOver = false;

  constructor(
    private readonly requests: readonly Pending[],
    resolve: () => void,
    reject: (error: Error) => void,
  ) {
    this.queries = requests.map(
      ({ statement, values, ...outcome }) =>
        new PreparedQuery(statement, statement.name, values, outcome.resolve, outcome.reject),
    );
    this.callback = error => (error ? reject(error) : resolve());
  }

  /** Replaced by the driver, which adds its time-out. */
  callback: (error: Error | null) => void;

  submit(connection: Connection): Error | null {
    const last = this.requests.length - 1;
    try {
      const messages = this.requests.map(({ statement, values }, index) =>
        bindAndExecute(statement.name, values, { describes: false, syncs: index === last }),
      );
      connection.stream.write(Buffer.concat(messages));
    } catch (error) {
      // The driver may call this in an event of its socket, where an exception would end the process.
      return error as Error;
    }
    return null;
  }

  handleDataRow(message: { fields: unknown[] }): void {
    this.queries[this.current]?.handleDataRow(message);
  }

  handleCommandComplete(): void {
    this.current += 1;
  }

  handleReadyForQuery(): void {
    // After a time-out the answers may still come.
    if (this.isOver) return;
    for (const query of this.queries) query.handleReadyForQuery();
    this.callback(null);
  }

  handleError(error: Error): void {
    this.isOver = true;
    this.callback(error);
  }

  handleRowDescription(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
  handleCopyInResponse(): void {}
  handleCopyData(): void {}
}
