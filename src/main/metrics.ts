import type { PrometheusMetrics } from '../adapters/driven/prometheus/prometheus-metrics.js';
import { createHttpServer } from '../adapters/driving/http/http-server.js';
import type { MetricsEndpointParts } from '../adapters/driving/http/metrics-endpoint.js';
import { metricsEndpoint } from '../adapters/driving/http/metrics-endpoint.js';
import { allowHosts, anyHost } from '../adapters/driving/web/request-checks.js';
import { isLoopbackHost } from '../adapters/driving/web/web-request.js';
import { PlainError } from '../domain/redaction.js';
import type { Config } from './config.js';
import { listen, tryListening, urlOf } from './listening.js';

/** Metrics that are counted, and where they are served. */
export interface ServedMetrics {
  readonly source: PrometheusMetrics;
  readonly endpoint: Exclude<Config['metrics'], 'off'>;
  readonly token: string | null;
}

/** Loads `prom-client` where metrics are on. Returns null where they are off. @throws PlainError if it is not installed */
export async function loadMetrics(config: Pick<Config, 'metrics' | 'metricsToken'>): Promise<ServedMetrics | null> {
  const { metrics: endpoint, metricsToken: token } = config;
  return endpoint === 'off' ? null : { source: await loadSource(), endpoint, token };
}

/** Finds what keeps metrics from being served. @throws ListenError, PlainError */
export async function checkMetrics({ metrics }: Pick<Config, 'metrics'>): Promise<void> {
  if (metrics === 'off') return;
  await loadSource();
  if (metrics !== 'on') await tryListening({ variable: 'METRICS', ...metrics });
}

async function loadSource(): Promise<PrometheusMetrics> {
  try {
    const { prometheusMetrics } = await import('../adapters/driven/prometheus/prometheus-metrics.js');
    return prometheusMetrics();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' || !message.includes('prom-client')) throw error;
    throw new PlainError('METRICS needs the package prom-client. Install it with: npm install prom-client');
  }
}

/** The most connections to a listener of metrics. A few servers scrape it, one request at a time. */
const MAX_CONNECTIONS = 100;

/**
 * Serves metrics at a listener of their own. On a loopback host only for names of loopback, so that foreign pages cannot
 * read them by DNS rebinding.
 */
export async function startMetricsListener(
  at: { readonly host: string; readonly port: number },
  parts: Pick<MetricsEndpointParts, 'scrape' | 'token' | 'logger'>,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const isLoopback = isLoopbackHost(at.host.includes(':') ? `[${at.host}]` : at.host);
  const hosts = isLoopback ? allowHosts(['loopback']) : anyHost;
  const endpoint = metricsEndpoint({ ...parts, checkHost: ({ headers }) => hosts.check(headers.host ?? '') });
  const http = createHttpServer((request, response) => void endpoint(request, response), {
    maxConnections: MAX_CONNECTIONS,
  });
  await listen(http.server, { variable: 'METRICS', ...at });
  return { url: urlOf(http.server, at.host), stop: () => http.stop(0) };
}
