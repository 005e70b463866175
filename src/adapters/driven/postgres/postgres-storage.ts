import type { Pool } from 'pg';
import type { CopyableConnector } from '../../../application/ports/driven/storage.js';
import { openConnection } from '../../../application/storage-kit/index.js';
import { pg } from '../../../peers/pg.js';
import { AbandonedConnections } from './abandoned-connections.js';
import { createPool, listenWith, signalsClientFor } from './connections.js';
import { locationOf } from './location.js';
import type { ProbedPool } from './pooler.js';
import { isPooled, openPool, pollInstead, refuseLostStatements } from './pooler.js';
import type { PostgresConnection } from './postgres-connector.js';
import { postgresConnector } from './postgres-connector.js';
import { DEFAULT_SCHEMA, schemaNamed } from './schema.js';

/** A `pg.Pool`, as far as this declaration needs it: `pg` has no types of its own, and `@types/pg` is not required. */
export interface PostgresPool {
  readonly options: object;
  readonly idleCount: number;
  connect(): Promise<object>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
}

export interface PostgresOptions {
  /**
   * `postgres://user:password@host:port/database`. Tradepost opens and closes a pool of its own. Several hosts,
   * `host:port,host:port`, with `?target_session_attrs=read-write`: connections go to the one that accepts writes.
   */
  readonly url?: string;
  /** Or a pool of the application's, which is never closed here. Set its time-outs, above all `query_timeout`. */
  readonly pool?: PostgresPool;
  /** The most connections of Tradepost's own pool; 10 if left out. */
  readonly poolSize?: number;
  /**
   * Whether statements are prepared once for each connection. Left out: yes, unless a pooler such as PgBouncer is found. A
   * pooler that keeps prepared statements (PgBouncer 1.21 with `max_prepared_statements`, or session mode) can have `true`.
   */
  readonly prepare?: boolean | undefined;
  /**
   * The URL to listen for notifications at, past a pooler. Left out: `url`, where no pooler is found; else watchers read
   * every half second instead.
   */
  readonly signalsUrl?: string | undefined;
  /** The PostgreSQL schema with Tradepost's tables; `tradepost` if left out. */
  readonly schema?: string;
}

/**
 * Tradepost in a PostgreSQL database, version 13 or later.
 *
 * @throws TypeError for an invalid URL or schema name, and unless exactly one of `url` and `pool` is given.
 */
export function postgres(options: PostgresOptions): CopyableConnector {
  const { url, poolSize, schema, prepare, signalsUrl } = options;
  const pool = options.pool as Pool | undefined;
  if ((url === undefined) === (pool === undefined)) {
    throw new TypeError('postgres({ … }): give either `url` or `pool`, and not both');
  }
  return postgresConnector({
    description: `postgres ${url === undefined ? '(own pool)' : describeLocation(url)}`,
    schema: schemaNamed(schema ?? DEFAULT_SCHEMA),
    connect: async ({ isPatient }) => {
      const probed = pool
        ? await probe(pool)
        : await openPool(sendsSettings => createPool(url ?? '', { isPatient, size: poolSize, sendsSettings }));
      const connection = connectionOf(probed, { prepare, signalsUrl });
      if (pool) return connection;
      const { pool: own } = probed;
      const close = () => own.end();
      if (!probed.isPooled || !prepare) return { ...connection, close };
      return openConnection(
        async () => ({ ...connection, close }),
        async opened => {
          await refuseLostStatements(own);
          return opened;
        },
      );
    },
  });
}

/** A pool of the application's. A server that cannot be reached is not reported here. */
const probe = async (pool: Pool): Promise<ProbedPool> => ({
  pool,
  newClient: () => new pg.Client(pool.options),
  hostCount: 1,
  isPooled: await isPooled(pool).catch(() => false),
});

/**
 * LISTEN and cancelling connect with the options of the pool. A pooler in transaction mode does not support LISTEN, and session
 * mode cannot be distinguished from it.
 */
function connectionOf(
  { pool, newClient, hostCount, isPooled }: ProbedPool,
  { prepare, signalsUrl }: Pick<PostgresOptions, 'prepare' | 'signalsUrl'>,
): PostgresConnection {
  const direct = signalsUrl === undefined ? null : listenWith(signalsClientFor(signalsUrl));
  return {
    pool,
    listen: direct ?? (isPooled ? pollInstead : listenWith(newClient)),
    abandoned: new AbandonedConnections(newClient),
    databaseOptions: { hostCount, prepares: prepare ?? !isPooled },
    isShared: true,
    close: async () => undefined,
  };
}

function describeLocation(url: string): string {
  const location = locationOf(url);
  if (location) return location.database === null ? location.host : `${location.host}/${location.database}`;
  throw new TypeError('postgres({ url }): the URL must look like postgres://user:password@host:5432/database');
}
