import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis as RedisClient, RedisOptions } from 'ioredis';
import { UnsupportedDeployment } from '../../../application/ports/driven/storage-errors.js';
import type { Listen } from './connections.js';

/** Publishes payloads instead of NOTIFY. */
export interface SignalChannel {
  /** In words for people, without credentials. */
  readonly description: string;
  readonly listen: Listen;
  /** Rejects if the payload may not have been published. Null where other processes find changes by themselves. */
  readonly send: ((channel: string, payload: string) => Promise<unknown>) | null;
  close(): Promise<void>;
}

/** Milliseconds. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 5_000;
const PROBE_INTERVAL = 10_000;
const ANSWER_LIMIT = 1_000;

/** Random, so that many processes do not reconnect at the same moment. */
const pauseAfter = (attempts: number): number =>
  Math.min(FIRST_PAUSE * 2 ** attempts, LONGEST_PAUSE) * (0.5 + Math.random());

const OPTIONS = {
  lazyConnect: true,
  connectTimeout: ANSWER_LIMIT,
  commandTimeout: ANSWER_LIMIT,
  maxRetriesPerRequest: 0,
  retryStrategy: pauseAfter,
  // Subscribed again here, to report the gap.
  autoResubscribe: false,
  // A command must not wait for a connection: the caller sends once more, and watchers find changes by themselves.
  enableOfflineQueue: false,
} satisfies RedisOptions;

/**
 * Signals over the publish/subscribe of Redis or Valkey. `url` is `redis://` or `rediss://` (TLS). Two connections: one
 * that listens while anybody watches, and one that publishes, made for the first payload.
 *
 * @throws UnsupportedDeployment where the package `ioredis` is not installed
 */
export async function redisChannel(url: string): Promise<SignalChannel> {
  const Redis = await loadRedis();
  let publisher: RedisClient | undefined;
  const connect = async (): Promise<RedisClient> => {
    if (!publisher) {
      publisher = new Redis(url, OPTIONS);
      publisher.on('error', ignore);
    }
    if (publisher.status === 'wait') await publisher.connect();
    return publisher;
  };
  return {
    description: `Redis at ${new URL(url).host}`,
    listen: (channel, { onPayload, onGap }) => {
      const subscriber = new Redis(url, OPTIONS);
      subscriber.on('error', ignore);
      subscriber.on('message', (_channel, payload: string) => onPayload(payload));
      subscriber.on('ready', () => void subscriber.subscribe(channel).then(onGap, () => subscriber.disconnect(true)));
      subscriber.connect().catch(ignore);
      const stopProbing = probe(subscriber);
      return () => {
        stopProbing();
        subscriber.disconnect();
      };
    },
    send: async (channel, payload) => (await connect()).publish(channel, payload),
    close: async () => publisher?.disconnect(),
  };
}

/** The next attempt connects again, and every command that fails says so. */
const ignore = (): void => undefined;

/** Reconnects where the server does not answer, because a peer that vanished sends nothing. */
function probe(client: RedisClient): () => void {
  const stopped = new AbortController();
  const keepProbing = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      await sleep(PROBE_INTERVAL, undefined, { signal: stopped.signal, ref: false });
      if (client.status === 'ready') await client.ping().catch(() => client.disconnect(true));
    }
  };
  keepProbing().catch(ignore);
  return () => stopped.abort();
}

async function loadRedis(): Promise<typeof RedisClient> {
  try {
    return (await import('ioredis')).Redis;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UnsupportedDeployment('Signals over Redis need the package ioredis: npm install ioredis');
  }
}
