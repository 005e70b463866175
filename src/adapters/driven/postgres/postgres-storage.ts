import type { Pool } from 'pg';
import type { CopyableConnector } from '../../../application/ports/driven/storage.js';
import { openConnection, reasonOf } from '../../../application/storage-kit/index.js';
import { pg } from '../../../peers/pg.js';
import { AbandonedConnections } from './abandoned-connections.js';
import { createPool, listenWith, signalsClientFor } from './connections.js';
import { inspectSignals } from './inspect-signals.js';
import { locationOf } from './location.js';
import type { ProbedPool } from './pooler.js';
import { isPooled, openPool, pollInstead, refuseLostStatements } from './pooler.js';
import type { PostgresConnection, PostgresSource } from './postgres-connector.js';
import { postgresConnector } from './postgres-connector.js';
import type { SignalChannel } from './redis-channel.js';
import { redisChannel } from './redis-channel.js';
import { DEFAULT_SCHEMA, schemaNamed } from './schema.js';

/** A `pg.Pool`, as far as this declaration needs it: `pg` has no types of its own, and `@types/pg` is not required. */
export interface PostgresPool {
  /** The options that the pool was made with. */
  readonly options: object;
  /** Connections that are not in use. */
  readonly idleCount: number;
  /** Takes a client out of the pool. */
  connect(): Promise<object>;
  /** Adds a listener for errors of idle clients. */
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Removes the listener. */
  off(event: 'error', listener: (error: Error) => void): unknown;
}

/** Options of `postgres`: a pool of your own, or a URL. */
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
  /**
   * Where signals come from. `notify` is LISTEN and NOTIFY; `poll` reads every half second; a `redis://` or `rediss://` URL
   * is the publish/subscribe of Redis or Valkey, which needs the package `ioredis`. Left out: `notify`, or `poll` behind
   * a pooler without `signalsUrl`.
   */
  readonly signals?: 'notify' | 'poll' | `redis://${string}` | `rediss://${string}` | undefined;
  /** The PostgreSQL schema with Tradepost's tables; `tradepost` if left out. */
  readonly schema?: string;
  /** Receives one line for an operator when the store is opened: a clock that differs, a pooler that delays watchers. */
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Tradepost in a PostgreSQL database, version 13 or later.
 *
 * @throws TypeError for an invalid URL or schema name, and unless exactly one of `url` and `pool` is given.
 */
export function postgres(options: PostgresOptions): CopyableConnector {
  const { url, poolSize, schema, prepare, signalsUrl, signals, onWarning } = options;
  const pool = options.pool as Pool | undefined;
  if ((url === undefined) === (pool === undefined)) {
    throw new TypeError('postgres({ … }): give either `url` or `pool`, and not both');
  }
  const source: PostgresSource = {
    description: `postgres ${url === undefined ? '(own pool)' : describeLocation(url)}`,
    schema: schemaNamed(schema ?? DEFAULT_SCHEMA),
    onWarning,
    connect: async ({ isPatient }) => {
      // First, because a missing package must not leave an open pool behind.
      const channel = await channelFor(signals);
      const probed = pool
        ? await probe(pool)
        : await openPool(sendsSettings => createPool(url ?? '', { isPatient, size: poolSize, sendsSettings }));
      const connection = { ...connectionOf(probed, { prepare, signalsUrl }), ...(channel && { channel }) };
      if (pool) return { ...connection, close: async () => channel?.close() };
      const { pool: own } = probed;
      const close = async (): Promise<void> => {
        await channel?.close();
        await own.end();
      };
      if (!probed.isPooled || !prepare) return { ...connection, close };
      return openConnection(
        async () => ({ ...connection, close }),
        async opened => {
          await refuseLostStatements(own);
          return opened;
        },
      );
    },
  };
  return { ...postgresConnector(source), inspectSignals: () => inspectSignals(source) };
}

/** Returns null for NOTIFY. */
async function channelFor(signals: PostgresOptions['signals']): Promise<SignalChannel | null> {
  if (signals === undefined || signals === 'notify') return null;
  if (signals === 'poll') {
    return { description: 'polling', listen: pollInstead, send: null, close: async () => undefined };
  }
  return redisChannel(signals);
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
    warnings: async () => {
      if (signalsUrl !== undefined) return warnOfSignals(signalsUrl);
      return isPooled ? [POOLER_WARNING] : [];
    },
    close: async () => undefined,
  };
}

const POOLER_WARNING =
  'a pooler such as PgBouncer is in front of PostgreSQL, so watchers learn of trades twice a second instead of at once. ' +
  'Set SIGNALS_DATABASE_URL to a URL past the pooler.';

/** Watchers go on without signals, only later, so a URL of signals that is of no use is a warning. */
async function warnOfSignals(signalsUrl: string): Promise<string[]> {
  const client = signalsClientFor(signalsUrl)();
  client.on('error', () => undefined);
  try {
    await client.connect();
    return [];
  } catch (error) {
    return [
      `SIGNALS_DATABASE_URL does not answer (${reasonOf(error)}), so watchers learn of trades late. Correct it, or remove it.`,
    ];
  } finally {
    void client.end().catch(() => undefined);
  }
}

function describeLocation(url: string): string {
  const location = locationOf(url);
  if (location) return location.database === null ? location.host : `${location.host}/${location.database}`;
  throw new TypeError('postgres({ url }): the URL must look like postgres://user:password@host:5432/database');
}
