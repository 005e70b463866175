import { onTestFinished } from 'vitest';
import { memory } from '../../../src/adapters/driven/memory/index.js';
import type { StorageConnector, Tradepost, TradepostOptions } from '../../../src/index.js';
import { createTradepost } from '../../../src/index.js';
import type { ServedMetrics } from '../../../src/main/metrics.js';
import { loadMetrics } from '../../../src/main/metrics.js';
import type { RunningServer } from '../../../src/main/server.js';
import { startServer } from '../../../src/main/server.js';
import { KeptLog } from '../canaries.js';
import { cheapHashing } from '../cheap-hashing.js';
import { SECRET } from '../servers/http-server.js';

export const CONFIG = {
  host: '127.0.0.1',
  port: 0,
  allowedOrigins: [],
  trustProxy: [],
  allowedHosts: ['loopback'],
  maxConnections: 1000,
  console: false,
  rateLimits: null,
};

export interface ObservedServer {
  readonly server: RunningServer;
  readonly tradepost: Tradepost;
  readonly log: KeptLog;
  readonly metrics: ServedMetrics | null;
  /** The URL of the sockets. */
  readonly socketUrl: string;
}

interface Settings extends Omit<TradepostOptions, 'storage'> {
  readonly storage?: StorageConnector;
  readonly endpoint?: 'off' | 'on' | { readonly host: string; readonly port: number };
  readonly token?: string;
}

/** Starts the server of `tradepost serve` in this process, until the end of the test. */
export async function startObserved({
  storage,
  endpoint = 'off',
  token,
  ...rest
}: Settings = {}): Promise<ObservedServer> {
  const metrics = await loadMetrics({ metrics: endpoint, metricsToken: token ?? null });
  const tradepost = await createTradepost({
    storage: storage ?? memory(),
    hashing: cheapHashing,
    rateLimits: 'off',
    ...(metrics && { observer: metrics.source.observer }),
    ...rest,
  });
  const log = new KeptLog();
  const server = await startServer({ tradepost, secrets: [SECRET], config: CONFIG, logger: log.pino, metrics });
  onTestFinished(async () => {
    await server.stop(0);
    await tradepost.close();
  });
  return { server, tradepost, log, metrics, socketUrl: `${server.url.replace('http', 'ws')}/ws` };
}

/** The samples of a scrape: their values by name and labels, as the text has them. */
export function samplesOf(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map(line => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}
