import type { Pool, PoolClient } from 'pg';
import type { PoolLoad } from '../../../application/ports/driven/storage.js';
import type { AbandonedConnections } from './abandoned-connections.js';
import {
  isPoolExhausted,
  isReadOnlyServer,
  isRetryable,
  isServerError,
  leavesConnectionUsable,
  translateError,
  translateWriteError,
} from './failures.js';
import { runStatement } from './queries/prepared-query.js';
import { readsTogether } from './queries/reads-together.js';
import { type Serving, StatementQueue } from './queries/statement-queue.js';
import type { Parameter, Statement } from './statement.js';
import { WriteShare, writeShareOf } from './write-share.js';

const MAX_TRIES = 3;

export interface DatabaseOptions {
  /** How many hosts there are to connect to; 1 if left out. */
  readonly hostCount?: number;
  /** Whether statements are prepared once for each connection, which some poolers do not support; true if left out. */
  readonly prepares?: boolean;
}

/** All access to the pool: named statements, removal of broken connections, translated errors. */
export class Database {
  private readonly writes: WriteShare;
  private readonly reads: StatementQueue;
  private readonly queues: StatementQueue[];
  private readonly hostCount: number;
  private readonly prepares: boolean;

  constructor(
    private readonly pool: Pool,
    /** Null where no statement can be abandoned: the embedded database runs in this process. */
    private readonly abandoned: AbandonedConnections | null,
    { hostCount = 1, prepares = true }: DatabaseOptions = {},
  ) {
    this.hostCount = hostCount;
    this.prepares = prepares;
    this.reads = new StatementQueue(work => this.withClient(false, work), readsTogether(prepares));
    this.queues = [this.reads];
    const { max, connectionTimeoutMillis } = pool.options;
    this.writes = new WriteShare(writeShareOf(max), connectionTimeoutMillis || null);
  }

  /** One round trip. Retries what PostgreSQL rolled back because of another transaction. */
  query<Row>(statement: Statement<Row>, values: readonly Parameter[]): Promise<Row[]> {
    return this.retry(() => this.run(statement, values));
  }

  /** Returns what runs writes that can share a transaction. They are retried like a query. */
  newJointWrites(servingOf: (prepares: boolean) => Serving): Pick<Database, 'query'> {
    const queue = new StatementQueue(work => this.withClient(true, work), servingOf(this.prepares));
    this.queues.push(queue);
    return { query: (statement, values) => this.retry(() => queue.run(statement, values)) };
  }

  private async retry<Result>(run: () => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await run();
      } catch (error) {
        if (!isRetryable(error) || attempt === MAX_TRIES) throw translateError(error);
      }
    }
  }

  private run<Row>(statement: Statement<Row>, values: readonly Parameter[]): Promise<Row[]> {
    if (!statement.isWrite) return this.reads.run(statement, values);
    return this.withClient(statement.isWrite, client => runStatement(client, statement, values, this.prepares));
  }

  async queryOne<Row>(statement: Statement<Row>, values: readonly Parameter[]): Promise<Row | null> {
    const [row] = await this.query(statement, values);
    return row ?? null;
  }

  /** Runs `work` in a transaction: all of it takes effect or nothing. */
  async transaction<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result> {
    try {
      return await this.withClient(true, async client => {
        await client.query('BEGIN');
        try {
          const result = await work(client);
          await client.query('COMMIT');
          return result;
        } catch (error) {
          // Closing the connection rolls back as well. On one that is stuck, ROLLBACK would wait for its time-out.
          if (leavesConnectionUsable(error)) await client.query('ROLLBACK').catch(() => undefined);
          throw error;
        }
      });
    } catch (error) {
      throw translateError(error);
    }
  }

  load(): PoolLoad {
    const { totalCount, idleCount, waitingCount } = this.pool;
    // One statement of each queue waits for a connection for all of them, so the pool counts that one.
    const queued = this.queues.reduce((sum, queue) => sum + Math.max(0, queue.waitingCount - 1), 0);
    const waiting = waitingCount + this.writes.waitingCount + queued;
    return { size: totalCount, idle: idleCount, waiting, abandoned: this.abandoned?.size ?? 0 };
  }

  /** Stops waiting for abandoned statements, so that the pool can end. */
  close(): void {
    this.abandoned?.close();
  }

  private async withClient<Result>(isWrite: boolean, work: (client: PoolClient) => Promise<Result>): Promise<Result> {
    if (isWrite) await this.writes.enter();
    let client: PoolClient;
    try {
      client = await (this.hostCount > 1 ? this.connectToAnyHost() : this.pool.connect());
    } catch (error) {
      if (isWrite) this.writes.leave();
      throw error;
    }
    // A connection that breaks while it is checked out emits `error`; without a listener that ends the process.
    client.on('error', ignore);
    const release = (isBroken: boolean): void => {
      client.off('error', ignore);
      client.release(isBroken);
      if (isWrite) this.writes.leave();
    };
    try {
      const result = await work(client);
      release(false);
      return result;
    } catch (error) {
      if (isReadOnlyServer(error)) this.discardIdle();
      if (isServerError(error) || !this.abandoned) release(!leavesConnectionUsable(error));
      // The caller gets the error at once. The connection counts until the server has ended its statement.
      else void this.abandoned.end(client).then(() => release(true));
      throw isWrite ? translateWriteError(error) : error;
    }
  }

  /** A failure to connect makes another host the current one, so each is tried once. */
  private async connectToAnyHost(): Promise<PoolClient> {
    for (let host = 1; ; host += 1) {
      try {
        return await this.pool.connect();
      } catch (error) {
        if (host === this.hostCount || isPoolExhausted(error)) throw error;
      }
    }
  }

  /** Closes the idle connections, which are to the same read-only server as the one that failed. */
  private discardIdle(): void {
    for (let idle = this.pool.idleCount; idle > 0; idle -= 1) {
      this.pool.connect().then(
        client => client.release(true),
        () => undefined,
      );
    }
  }
}

/** The running query rejects with the same error and handles it. */
const ignore = (): void => undefined;
