import type { Pool } from 'pg';
import pg from 'pg';
import type { StorageConnector } from '../../../application/ports/driven/storage.js';
import type { Listen } from './listen.js';
import { listenWith } from './listen.js';
import { createPool } from './pool.js';
import type { PostgresConnection } from './postgres-connector.js';
import { postgresConnector } from './postgres-connector.js';
import { DEFAULT_SCHEMA, schemaNamed } from './schema.js';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`; Tradepost opens and closes a pool of its own. */
  readonly url?: string;
  /** Or a pool of the caller's, which is never closed here. Set time-outs on it: `query_timeout` above all. */
  readonly pool?: Pool;
  /** Connections of Tradepost's own pool at most; 10 if left out. */
  readonly poolSize?: number;
  /** The PostgreSQL schema with Tradepost's tables; `tradepost` if left out. */
  readonly schema?: string;
}

/** Tradepost in a PostgreSQL database, version 13 or later. */
export function postgres(options: PostgresOptions): StorageConnector {
  const { url, pool, poolSize } = options;
  if ((url === undefined) === (pool === undefined)) {
    throw new TypeError('postgres({ … }): give either `url` or `pool`, and not both');
  }
  return postgresConnector({
    description: url === undefined ? 'postgres (own pool)' : `postgres ${placeOf(url)}`,
    schema: schemaNamed(options.schema ?? DEFAULT_SCHEMA),
    connect: async ({ patient }) =>
      pool === undefined
        ? ownPool(createPool(url ?? '', { patient, ...(poolSize !== undefined && { size: poolSize }) }))
        : { pool, listen: listenOf(pool), close: async () => undefined },
  });
}

const ownPool = (pool: Pool): PostgresConnection => ({ pool, listen: listenOf(pool), close: () => pool.end() });

/** To where the pool connects, in the way it does. */
const listenOf = (pool: Pool): Listen => listenWith(() => new pg.Client(pool.options));

/** Where, and nothing else: neither user nor password. */
function placeOf(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${host}${pathname}`;
  } catch {
    throw new TypeError('postgres({ url }): the URL must look like postgres://user:password@host:5432/database');
  }
}
