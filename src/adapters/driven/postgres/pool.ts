import pg from 'pg';

export interface PoolOptions {
  /** Connections at most. */
  readonly size?: number;
}

/**
 * A pool in which nothing waits for ever. `statement_timeout` ends a statement on a server that lives;
 * `query_timeout` ends the wait for one that does not. All in milliseconds.
 */
export const createPool = (url: string, { size = 10 }: PoolOptions = {}): pg.Pool =>
  new pg.Pool({
    connectionString: url,
    max: size,
    connectionTimeoutMillis: 1000,
    statement_timeout: 2000,
    query_timeout: 3000,
    idle_in_transaction_session_timeout: 5000,
    keepAlive: true,
    application_name: 'tradepost',
    // Text of timestamps is only taken over as it is where the session's zone is UTC.
    options: '-c TimeZone=UTC',
  });
