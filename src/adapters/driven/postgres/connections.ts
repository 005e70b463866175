import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { DEFAULT_POOL_SIZE } from '../../../application/storage-kit/index.js';

export interface PoolOptions {
  /** Connections, at most. */
  readonly size?: number | undefined;
  /** Whether a statement may take minutes: for work on a whole store. */
  readonly isPatient?: boolean;
}

const MINUTES = 60_000;

/**
 * A pool in which every wait is limited. `statement_timeout` ends a statement on a server that is alive;
 * `query_timeout` ends the wait for one that is not. All in milliseconds.
 */
export const createPool = (url: string, { size = DEFAULT_POOL_SIZE, isPatient = false }: PoolOptions = {}): pg.Pool =>
  new pg.Pool({
    connectionString: url,
    max: size,
    connectionTimeoutMillis: 1000,
    statement_timeout: isPatient ? 10 * MINUTES : 2000,
    query_timeout: isPatient ? 11 * MINUTES : 3000,
    idle_in_transaction_session_timeout: 5000,
    keepAlive: true,
    application_name: 'tradepost',
    // In UTC the text of a timestamp is used without conversion.
    options: '-c TimeZone=UTC',
  });

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

/**
 * Listens on a connection of its own, because a connection of the pool would be handed to others together with its
 * LISTEN. When the connection breaks, a new one is made after a pause that grows with every failure.
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

/** Rejects when the connection fails. Probes it regularly, because a peer that vanished sends nothing. */
async function listen(client: pg.Client, channel: string, onListening: () => void): Promise<void> {
  await client.connect();
  await client.query(`LISTEN ${channel}`);
  onListening();
  for (;;) {
    await sleep(PROBE_INTERVAL, undefined, { ref: false });
    await client.query({ text: 'SELECT 1', query_timeout: 3_000 } as { text: string });
  }
}
