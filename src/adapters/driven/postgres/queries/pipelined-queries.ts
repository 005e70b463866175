import type { PoolClient } from 'pg';
import { isServerError, leavesConnectionUsable } from '../failures.js';
import { bindAndExecute } from './bind-message.js';
import type { Pending } from './pending.js';
import { type Connection, PreparedQuery } from './prepared-query.js';

/**
 * Runs statements one after the other, sent in one write (PostgreSQL manual, 55.2.4, "Pipelining"). Each is a transaction of
 * its own and has an outcome of its own. Resolves when all of them have theirs. All must be prepared (`isPrepared`).
 * @throws the first error that says that the connection is of no use any more
 */
export const runPipelined = (client: PoolClient, pending: readonly Pending[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const messages: Buffer[] = [];
    const queries: PipelinedQuery<unknown>[] = [];
    let unsettled = 0;
    let failure: unknown = null;
    const settled = (error: unknown): void => {
      failure ??= error !== null && !leavesConnectionUsable(error) ? error : null;
      unsettled -= 1;
      if (unsettled > 0) return;
      if (failure === null) resolve();
      else reject(failure);
    };
    for (const each of pending) {
      try {
        messages.push(bindAndExecute(each.statement.name, each.values, { describes: false, syncs: true }));
      } catch (error) {
        each.reject(error);
        continue;
      }
      unsettled += 1;
      const query = new PipelinedQuery(each, settled);
      queries.at(-1)?.precede(query);
      queries.push(query);
    }
    const [first] = queries;
    if (!first) return resolve();
    first.messages = Buffer.concat(messages);
    first.start(client);
  });

/** A query whose messages were sent together with those of others. */
class PipelinedQuery<Row> extends PreparedQuery<Row> {
  /** Those of all the queries, in the first one. */
  messages: Buffer | undefined;
  private client: PoolClient | undefined;
  private next: PipelinedQuery<unknown> | undefined;
  private isSettled = false;

  constructor(
    { statement, values, resolve, reject }: Pending<Row>,
    private readonly settled: (error: unknown) => void,
  ) {
    super(statement, statement.name, values, resolve, reject);
    const { callback } = this;
    this.callback = error => {
      callback(error);
      this.settle(error);
    };
  }

  precede(next: PipelinedQuery<unknown>): void {
    this.next = next;
  }

  /** Makes the driver give this query the answers that come next. */
  start(client: PoolClient): void {
    this.client = client;
    // Called in an event of the socket, where an exception would end the process.
    try {
      const returned: unknown = client.query(this as never);
      // A client whose `query` was replaced, by the application or to trace it, may refuse by a promise.
      if (returned instanceof Promise) returned.catch((error: Error) => this.fail(error));
    } catch (error) {
      this.fail(error as Error);
    }
  }

  override submit(connection: Connection): null {
    if (this.messages) connection.stream.write(this.messages);
    return null;
  }

  override handleReadyForQuery(): void {
    // Before the outcome, which may be that a row could not be read. The connection is usable then.
    this.settle(null);
    super.handleReadyForQuery();
    this.startNext();
  }

  override handleError(error: Error): void {
    super.handleError(error);
    // The server goes on with the next statement. An error of the driver is one of the connection.
    if (isServerError(error)) this.startNext();
    else this.next?.fail(error);
  }

  private startNext(): void {
    if (this.client) this.next?.start(this.client);
  }

  private fail(error: Error): void {
    this.callback(error);
    this.next?.fail(error);
  }

  private settle(error: unknown): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.settled(error);
  }
}
