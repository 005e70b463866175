import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';

export interface NotificationListener {
  onPayload(payload: string): void;
  /** Listening has begun, or begun again: what was sent before is lost. */
  onGap(): void;
}

/** Listens to a channel until the returned function is called; reconnects by itself and never throws. */
export type Listen = (channel: string, listener: NotificationListener) => () => void;

/** Milliseconds. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 5_000;
const PROBE_INTERVAL = 10_000;

/**
 * Listens on a connection of its own: one of the pool's would be handed to others, and with it the LISTEN. When the
 * connection breaks a new one is made, with growing pauses, so that a database that is down is not run over.
 */
export const listenWith =
  (newClient: () => Client): Listen =>
  (channel, listener) => {
    const stopped = new AbortController();
    void keepListening(newClient, channel, listener, stopped.signal);
    return () => stopped.abort();
  };

async function keepListening(
  newClient: () => Client,
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
    // Not there, or there no more: what is left to do is the same.
    await Promise.race([untilBroken(client, stopped), listen(client, channel, onListening)]).catch(() => undefined);
    void client.end().catch(() => undefined);
    // Somewhat at random, so that many processes do not come back at the same moment.
    await sleep(pause * (0.5 + Math.random()), undefined, { signal: stopped, ref: false }).catch(() => undefined);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
}

/** Without a listener for `error` a connection that breaks would end the process. */
const untilBroken = (client: Client, stopped: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    const over = (): void => {
      stopped.removeEventListener('abort', over);
      resolve();
    };
    client.on('error', over);
    client.on('end', over);
    stopped.addEventListener('abort', over);
  });

/** Rejects when the connection fails. One whose other end has vanished gives no sign of it; a question now and then does. */
async function listen(client: Client, channel: string, onListening: () => void): Promise<void> {
  await client.connect();
  await client.query(`LISTEN ${channel}`);
  onListening();
  for (;;) {
    await sleep(PROBE_INTERVAL, undefined, { ref: false });
    await client.query({ text: 'SELECT 1', query_timeout: 3_000 } as { text: string });
  }
}
