import pg from 'pg';

export interface PoolOptions {
  /** Connections at most. */
  readonly size?: number;
  /** Statements may take minutes: for work on the whole of a store. */
  readonly patient?: boolean;
}

const MINUTES = 60_000;

/**
 * A pool in which nothing waits for ever. `statement_timeout` ends a statement on a server that lives;
 * `query_timeout` ends the wait for one that does not. All in milliseconds.
 */
export const createPool = (url: string, { size = 10, patient = false }: PoolOptions = {}): pg.Pool =>
  new pg.Pool({
    connectionString: url,
    max: size,
    connectionTimeoutMillis: 1000,
    statement_timeout: patient ? 10 * MINUTES : 2000,
    query_timeout: patient ? 11 * MINUTES : 3000,
    idle_in_transaction_session_timeout: 5000,
    keepAlive: true,
    application_name: 'tradepost',
    // Text of timestamps is only taken over as it is where the session's zone is UTC.
    options: '-c TimeZone=UTC',
  });
