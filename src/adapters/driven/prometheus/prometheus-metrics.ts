import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { CallEnd, Observation, ObservedCall, Observer } from '../../../application/ports/driven/observer.js';
import type { HashingLoad } from '../../../application/ports/driven/password-hasher.js';
import type { PoolLoad } from '../../../application/ports/driven/storage.js';

/** What is read at each scrape, because it needs no counting. */
export interface MetricSources {
  load(): { readonly hashing: HashingLoad | null; readonly pool: PoolLoad | null };
  sockets(): { readonly opening: number; readonly anonymous: number; readonly session: number };
}

export interface PrometheusMetrics {
  readonly observer: Observer;
  /** Sets where gauges are read from. Until then they are left out. */
  watch(sources: MetricSources): void;
  /** Returns all metrics in the text format of Prometheus. Scrapes at the same time share one reading. */
  scrape(): Promise<{ readonly type: string; readonly text: string }>;
}

/** Seconds. Reads of an index take 1 to 5 ms, a password hash 20 to 50 ms, a request that fails for a time-out 2 to 3 s. */
const DURATIONS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
/** A signal that was lost costs up to 2 s, a reader that is slow up to 10 s. */
const LAGS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The value of `operation` for a call that names none: an unknown path or method, a message that is not a request. */
const NO_OPERATION = 'none';

/**
 * Counts calls and deliveries, and reads queues, connections, sockets, event loop, memory and process at each scrape. Labels
 * have few values: names of the table, problem codes, transports; never paths, ids or other text of callers.
 */
export function prometheusMetrics(): PrometheusMetrics {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];
  collectDefaultMetrics({ register: registry });
  const calls = callMetrics(registers);
  const lag = new Histogram({
    name: 'tradepost_trade_delivery_seconds',
    help: 'Seconds from the recording of a trade, by the clock of the recording process, to its delivery to a watch. Without trades from before the watch.',
    labelNames: ['transport'],
    buckets: LAGS,
    registers,
  });
  let scraping: Promise<string> | undefined;
  return {
    observer: {
      callStarted: calls,
      tradeDelivered: ({ transport, lag: seconds }) => {
        if (seconds !== null) lag.observe({ transport }, seconds);
      },
    },
    watch: sources => watchSources(sources, registers),
    scrape: async () => {
      scraping ??= registry.metrics().finally(() => {
        scraping = undefined;
      });
      return { type: registry.contentType, text: await scraping };
    },
  };
}

function callMetrics(registers: Registry[]): (call: ObservedCall) => Observation {
  const requests = new Counter({
    name: 'tradepost_requests_total',
    help: 'Calls that have ended, by operation, transport and code: ok, or the code of the problem.',
    labelNames: ['operation', 'transport', 'code'],
    registers,
  });
  const duration = new Histogram({
    name: 'tradepost_request_duration_seconds',
    help: 'Seconds from the begin of a call to its result.',
    labelNames: ['operation', 'transport'],
    buckets: DURATIONS,
    registers,
  });
  const running = new Gauge({
    name: 'tradepost_requests_running',
    help: 'Calls that have begun and not ended, by transport.',
    labelNames: ['transport'],
    registers,
  });
  return ({ operation, transport }) => {
    const began = performance.now();
    running.inc({ transport });
    const labels = { operation: operation ?? NO_OPERATION, transport };
    return {
      ended: ({ code }: CallEnd) => {
        running.dec({ transport });
        requests.inc({ ...labels, code });
        duration.observe(labels, (performance.now() - began) / 1000);
      },
    };
  };
}

function watchSources({ load, sockets }: MetricSources, registers: Registry[]): void {
  const gauge = (name: string, help: string, read: () => number | undefined): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        const value = read();
        if (value !== undefined) this.set(value);
      },
    });
  };
  const { hashing, pool } = load();
  if (hashing) {
    gauge('tradepost_hashing_running', 'Password hashes that are being computed.', () => load().hashing?.running);
    gauge('tradepost_hashing_waiting', 'Password hashes that wait for their turn.', () => load().hashing?.waiting);
    new Counter({
      name: 'tradepost_hashing_refused_total',
      help: 'Password hashes that were refused with overloaded.',
      registers,
      collect() {
        this.reset();
        this.inc(load().hashing?.refused ?? 0);
      },
    });
  }
  if (pool) {
    gauge('tradepost_pool_connections', 'Open connections to the database.', () => load().pool?.size);
    gauge('tradepost_pool_idle', 'Open connections to the database that are not in use.', () => load().pool?.idle);
    gauge('tradepost_pool_waiting', 'Calls that wait for a connection to the database.', () => load().pool?.waiting);
    gauge(
      'tradepost_pool_abandoned',
      'Connections whose call was given up, and whose statement the database has not ended yet.',
      () => load().pool?.abandoned,
    );
  }
  new Gauge({
    name: 'tradepost_sockets',
    help: 'Open WebSockets by state: opening (in the handshake), anonymous (no session yet), session.',
    labelNames: ['state'],
    registers,
    collect() {
      for (const [state, count] of Object.entries(sockets())) this.set({ state }, count);
    },
  });
}
