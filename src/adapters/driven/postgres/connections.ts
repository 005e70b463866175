import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_POOL_SIZE } from '../../../application/storage-kit/index.js';
import { pg } from '../../../peers/pg.js';
import { clientOf, Hosts, refuseReadOnly } from './hosts.js';
import { splitHosts } from './location.js';

export interface PoolOptions {
  /** Connections, at most. */
  readonly size?: number | undefined;
  /** Whether a statement may take minutes: for work on a whole store. */
  readonly isPatient?: boolean;
  /** Whether start-up parameters are sent, which set limits on the server. PgBouncer refuses them. */
  readonly sendsSettings?: boolean;
}

const MINUTES = 60_000;

/** Seconds, from 8 to 12 minutes. Random, so that connections are not all renewed at the same time. */
const newLifetime = (): number => 60 * (8 + 4 * Math.random());

/** A pool of Tradepost's own. */
export interface OwnPool {
  readonly pool: pg.Pool;
  /** Makes a client outside of the pool, for the same server. */
  newClient(): pg.Client;
  /** How many hosts the URL names. */
  readonly hostCount: number;
}

/**
 * Makes a pool in which every wait is limited. `statement_timeout` ends a statement on a server that is alive;
 * `query_timeout` ends the wait for one that is not. All in milliseconds. A connection is renewed after about 10 minutes,
 * so that a server that is behind the same name by then, or in the same list, gets its share of them.
 */
export function createPool(url: string, options: PoolOptions = {}): OwnPool {
  const { size = DEFAULT_POOL_SIZE, isPatient = false, sendsSettings = true } = options;
  const { urls, needsPrimary } = splitHosts(url) ?? { urls: [url] as const, needsPrimary: false };
  const Client = needsPrimary ? clientOf(new Hosts(urls)) : pg.Client;
  const pool = new pg.Pool({
    connectionString: urls[0],
    Client,
    max: size,
    connectionTimeoutMillis: 1000,
    query_timeout: isPatient ? 11 * MINUTES : 3000,
    keepAlive: true,
    application_name: 'tradepost',
    ...(sendsSettings && {
      statement_timeout: isPatient ? 10 * MINUTES : 2000,
      idle_in_transaction_session_timeout: 5000,
      // In UTC the text of a timestamp is used without conversion.
      options: '-c TimeZone=UTC',
    }),
  });
  // The pool reads it for each new connection.
  Object.defineProperty(pool.options, 'maxLifetimeSeconds', { get: newLifetime, enumerable: true });
  return { pool, newClient: () => new Client(pool.options), hostCount: urls.length };
}

/** Returns a function that makes clients for the URL of signals, in which every wait is limited too. */
export function signalsClientFor(url: string): () => pg.Client {
  const { urls, needsPrimary } = splitHosts(url) ?? { urls: [url] as const, needsPrimary: false };
  const Client = needsPrimary ? clientOf(new Hosts(urls)) : pg.Client;
  const options = {
    connectionString: urls[0],
    connectionTimeoutMillis: 1000,
    query_timeout: 3000,
    keepAlive: true,
    application_name: 'tradepost',
  };
  return () => new Client(options);
}

export interface NotificationListener {
  onPayload(payload: string): void;
  /** Listening has started, or started again. Earlier notifications are lost. */
  onGap(): void;
}

/** Listens to a channel until the returned function is called. Reconnects by itself and never throws. */
export type Listen = (channel: string, listener: NotificationListener) => () => void;

/** Milliseconds. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 5_000;
const PROBE_INTERVAL = 10_000;
const LONGEST_LISTENING = 10 * 60_000;

/**
 * Listens on a connection of its own, because a connection of the pool would be handed to others together with its
 * LISTEN. When the connection breaks, its server refuses writes or it is old, a new one is made after a pause that grows
 * with every failure: a server that is no longer the primary sends no notifications.
 */
export const listenWith =
  (newClient: () => pg.Client): Listen =>
  (channel, listener) => {
    const stopped = new AbortController();
    void keepListening(newClient, channel, listener, stopped.signal);
    return () => stopped.abort();
  };

async function keepListening(
  newClient: () => pg.Client,
  channel: string,
  listener: NotificationListener,
  stopped: AbortSignal,
): Promise<void> {
  let pause = FIRST_PAUSE;
  const onListening = (): void => {
    pause = FIRST_PAUSE;
    if (!stopped.aborted) listener.onGap();
  };
  while (!stopped.aborted) {
    const client = newClient();
    client.on('notification', ({ payload = '' }) => listener.onPayload(payload));
    // A failure to connect and a lost connection are handled alike.
    await Promise.race([untilBroken(client, stopped), listen(client, channel, onListening)]).catch(() => undefined);
    void client.end().catch(() => undefined);
    // Random, so that many processes do not reconnect at the same moment.
    await sleep(pause * (0.5 + Math.random()), undefined, { signal: stopped, ref: false }).catch(() => undefined);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
}

/** Also listens for `error`: without a listener, a connection that breaks would end the process. */
const untilBroken = (client: pg.Client, stopped: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    const finish = (): void => {
      stopped.removeEventListener('abort', finish);
      resolve();
    };
    client.on('error', finish);
    client.on('end', finish);
    stopped.addEventListener('abort', finish);
  });

/**
 * Rejects when the connection fails or its server has become read-only; resolves when it is old. Probes it regularly,
 * because a peer that vanished sends nothing.
 */
async function listen(client: pg.Client, channel: string, onListening: () => void): Promise<void> {
  await client.connect();
  await client.query(`LISTEN ${channel}`);
  onListening();
  const end = performance.now() + LONGEST_LISTENING * (0.8 + 0.4 * Math.random());
  while (performance.now() < end) {
    await sleep(PROBE_INTERVAL, undefined, { ref: false });
    await refuseReadOnly(client);
  }
}
