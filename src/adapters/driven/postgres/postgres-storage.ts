import type { Pool } from 'pg';
import pg from 'pg';
import type { CopyableConnector } from '../../../application/ports/driven/storage.js';
import { AbandonedConnections } from './abandoned-connections.js';
import type { OwnPool } from './connections.js';
import { createPool, listenWith } from './connections.js';
import { locationOf } from './location.js';
import type { PostgresConnection } from './postgres-connector.js';
import { postgresConnector } from './postgres-connector.js';
import { DEFAULT_SCHEMA, schemaNamed } from './schema.js';

export interface PostgresOptions {
  /**
   * `postgres://user:password@host:port/database`. Tradepost opens and closes a pool of its own. Several hosts,
   * `host:port,host:port`, with `?target_session_attrs=read-write`: connections go to the one that accepts writes.
   */
  readonly url?: string;
  /** Or a pool of the application's, which is never closed here. Set its time-outs, above all `query_timeout`. */
  readonly pool?: Pool;
  /** The most connections of Tradepost's own pool; 10 if left out. */
  readonly poolSize?: number;
  /** The PostgreSQL schema with Tradepost's tables; `tradepost` if left out. */
  readonly schema?: string;
}

/**
 * Tradepost in a PostgreSQL database, version 13 or later.
 *
 * @throws TypeError for an invalid URL or schema name, and unless exactly one of `url` and `pool` is given.
 */
export function postgres({ url, pool, poolSize, schema }: PostgresOptions): CopyableConnector {
  if ((url === undefined) === (pool === undefined)) {
    throw new TypeError('postgres({ … }): give either `url` or `pool`, and not both');
  }
  return postgresConnector({
    description: `postgres ${url === undefined ? '(own pool)' : describeLocation(url)}`,
    schema: schemaNamed(schema ?? DEFAULT_SCHEMA),
    connect: async ({ isPatient }) => {
      if (pool) return connectionOf({ pool, newClient: () => new pg.Client(pool.options), hostCount: 1 });
      const own = createPool(url ?? '', { isPatient, size: poolSize });
      return { ...connectionOf(own), close: () => own.pool.end() };
    },
  });
}

/** LISTEN and cancelling connect with the options of the pool. */
const connectionOf = ({ newClient, ...rest }: OwnPool): PostgresConnection => ({
  ...rest,
  listen: listenWith(newClient),
  abandoned: new AbandonedConnections(newClient),
  isShared: true,
  close: async () => undefined,
});

function describeLocation(url: string): string {
  const location = locationOf(url);
  if (location) return location.database === null ? location.host : `${location.host}/${location.database}`;
  throw new TypeError('postgres({ url }): the URL must look like postgres://user:password@host:5432/database');
}
