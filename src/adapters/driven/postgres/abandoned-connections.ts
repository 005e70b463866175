import { EventEmitter, once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { PoolClient } from 'pg';

/** Milliseconds. */
const CANCEL_LIMIT = 1000;
const CENSUS_LIMIT = 2000;
const CLOSING_LIMIT = 1000;
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 2000;

/** What the driver has and its types leave out. Undefined in clients that are not the driver's own. */
interface DriverParts {
  readonly processID?: number | null;
  readonly secretKey?: number | null;
  /** Whether no statement is running. */
  readonly readyForQuery?: boolean;
  readonly sslNegotiation?: string;
  readonly connection?: DriverConnection;
}

interface DriverConnection extends EventEmitter {
  readonly stream: { readonly destroyed: boolean; destroy(): unknown };
  connect(portOrPath: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processId: number, secretKey: number): void;
}

const partsOf = (client: pg.Client): DriverParts => client as unknown as DriverParts;

/** The processes of a server. */
interface Census {
  readonly host: string;
  readonly port: number;
  /** When it began, as `performance.now()`. */
  readonly takenAt: number;
  readonly processes: ReadonlyMap<number, ServerProcess>;
}

interface ServerProcess {
  readonly pid: number;
  /** Milliseconds since it began; null where the role may not see it. */
  readonly age: number | null;
  /** Whether it waits for its client, and so notices that the connection is closed. */
  readonly isIdle: boolean;
}

/**
 * Ends statements that no caller waits for any longer. Closing the socket does not end them: PostgreSQL notices it only
 * when it writes to the client, which a commit that waits for a synchronous standby never does. So the statement is
 * cancelled first (PostgreSQL manual, "Canceling Requests in Progress"), then the connection is closed.
 */
export class AbandonedConnections {
  private readonly closed = new AbortController();
  private census: Promise<Census | null> | undefined;
  private count = 0;

  /** `newClient` makes a client for the same server, outside of the pool. */
  constructor(private readonly newClient: () => pg.Client) {
    // One listener for each abandoned connection.
    EventEmitter.setMaxListeners(0, this.closed.signal);
  }

  /**
   * Resolves when the server has ended the connection, or no longer lists its process, and at `close`. Never rejects.
   * Until then the connection has to count against the pool.
   */
  async end(client: PoolClient): Promise<void> {
    this.count += 1;
    await this.endStatement(client);
    this.count -= 1;
  }

  /** How many connections have not ended yet. */
  get size(): number {
    return this.count;
  }

  private async endStatement(client: PoolClient): Promise<void> {
    const { processID, secretKey, connection, readyForQuery } = partsOf(client);
    if (!connection || !processID || secretKey == null || readyForQuery) return;
    const since = performance.now();
    const ended = untilEnded(connection, this.closed.signal);
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      await this.cancel(client, processID, secretKey);
      const isEnded = await Promise.race([ended, sleep(pause, false, { ref: false })]);
      if (isEnded || (await this.isGone(client, processID, since))) break;
    }
    await this.closeGently(client);
  }

  /** Resolves all pending `end`s. */
  close(): void {
    this.closed.abort();
  }

  /** Sends a CancelRequest, which needs a connection of its own. The server closes it when it has signalled the process. */
  private async cancel(client: PoolClient, processId: number, secretKey: number): Promise<void> {
    const { host, port } = client;
    const canceller = this.newClient();
    const { connection, sslNegotiation } = partsOf(canceller);
    if (!connection) return;
    const ended = new Promise<void>(resolve => {
      connection.once('end', resolve);
      connection.on('error', () => resolve());
    });
    if (canceller.ssl && sslNegotiation !== 'direct') connection.once('connect', () => connection.requestSsl());
    connection.once(canceller.ssl ? 'sslconnect' : 'connect', () => connection.cancel(processId, secretKey));
    if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`);
    else connection.connect(port, host);
    await Promise.race([ended, this.untilClosedOr(CANCEL_LIMIT)]);
    connection.stream.destroy();
  }

  /**
   * Whether the server has no such process, or one that waits for its client: the statement never arrived, because the network
   * lost it, or its answer was lost. One that cannot be cancelled is still listed. One that is missing was of a server
   * that is gone, as after a failover: another host responds now, or the process with its id is younger than `since`.
   */
  private async isGone({ host, port }: PoolClient, processId: number, since: number): Promise<boolean> {
    if (this.closed.signal.aborted) return true;
    // One connection at most, however many statements are abandoned.
    this.census ??= this.takeCensus().finally(() => {
      this.census = undefined;
    });
    const census = await this.census;
    if (!census) return false;
    const found = census.processes.get(processId);
    return (
      census.host !== host ||
      census.port !== port ||
      found === undefined ||
      found.isIdle ||
      (found.age !== null && found.age < census.takenAt - since)
    );
  }

  /** Null where the server does not respond. */
  private async takeCensus(): Promise<Census | null> {
    const takenAt = performance.now();
    const client = this.newClient();
    client.on('error', () => undefined);
    const read = async (): Promise<Census> => {
      await client.connect();
      const { rows } = await client.query<ServerProcess>(
        `SELECT pid, 1000 * extract(epoch FROM clock_timestamp() - backend_start)::float8 AS age,
          coalesce(state LIKE 'idle%', false) AS "isIdle" FROM pg_stat_activity`,
      );
      return { host: client.host, port: client.port, takenAt, processes: new Map(rows.map(row => [row.pid, row])) };
    };
    try {
      return await Promise.race([read(), this.untilClosedOr(CENSUS_LIMIT).then(() => null)]);
    } catch {
      return null;
    } finally {
      await this.closeGently(client);
    }
  }

  /** Waits for the server to close the connection, which it does when its process ends. */
  private async closeGently(client: pg.Client): Promise<void> {
    await Promise.race([client.end().catch(() => undefined), this.untilClosedOr(CLOSING_LIMIT)]);
    partsOf(client).connection?.stream.destroy();
  }

  private untilClosedOr(milliseconds: number): Promise<unknown> {
    return sleep(milliseconds, undefined, { ref: false, signal: this.closed.signal }).catch(() => undefined);
  }
}

/** Resolves when the statement has ended, with or without its connection, and when `closed` is aborted. */
async function untilEnded(connection: DriverConnection, closed: AbortSignal): Promise<true> {
  if (connection.stream.destroyed) return true;
  const settled = new AbortController();
  const signal = AbortSignal.any([closed, settled.signal]);
  await Promise.race([once(connection, 'readyForQuery', { signal }), once(connection, 'end', { signal })]).catch(
    () => undefined,
  );
  settled.abort();
  return true;
}
