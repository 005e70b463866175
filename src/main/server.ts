import type { IncomingMessage } from 'node:http';
import type { Express } from 'express';
import type { Logger } from 'pino';
import { loadConsole, serveConsole } from '../adapters/driving/console/index.js';
import { accessLog, liveness, logAnswers, readiness, serveDocument } from '../adapters/driving/http/express-parts.js';
import { nodeHandler, sendAnswer } from '../adapters/driving/http/http-handler.js';
import { createHttpServer } from '../adapters/driving/http/http-server.js';
import { METRICS_PATH, metricsEndpoint } from '../adapters/driving/http/metrics-endpoint.js';
import { describeForModels, serveReference } from '../adapters/driving/reference/index.js';
import { HttpCore } from '../adapters/driving/web/http-core.js';
import { nodeRequest } from '../adapters/driving/web/http-request.js';
import { openApiDocument } from '../adapters/driving/web/openapi.js';
import type { WebOptions } from '../adapters/driving/web/options.js';
import { prepareWeb } from '../adapters/driving/web/options.js';
import type { SocketLimits } from '../adapters/driving/websocket/index.js';
import { asyncApiDocument, attachWebSocket, openRpcDocument } from '../adapters/driving/websocket/index.js';
import { express } from '../peers/express.js';
import type { Config } from './config.js';
import { listen, urlOf } from './listening.js';
import type { ServedMetrics } from './metrics.js';
import { startMetricsListener } from './metrics.js';
import type { Tradepost } from './tradepost.js';

/** The part of the configuration that the server itself uses. */
export type ServerConfig = Pick<
  Config,
  'host' | 'port' | 'allowedOrigins' | 'trustProxy' | 'allowedHosts' | 'maxConnections' | 'rateLimits' | 'console'
>;

/** What `startServer` puts together. */
export interface ServerParts {
  /** What `createTradepost` returns, or the use cases of a container of your own. It stays open when the server stops. */
  readonly tradepost: Pick<Tradepost, 'useCases' | 'check' | 'load' | 'observer'>;
  /** Sign cookies: random, at least 32 bytes each. The first signs, all verify. */
  readonly secrets: readonly string[];
  /** The settings of `readConfig`, as far as the server itself uses them. */
  readonly config: ServerConfig;
  /** What `createLogger` returns, or a logger of pino of your own. */
  readonly logger: Logger;
  /** Left out or null: no metrics. */
  readonly metrics?: ServedMetrics | null;
}

/** A server that listens, from `startServer`. */
export interface RunningServer {
  /** `http://HOST:PORT`, with the port that was taken where the configuration has 0. */
  readonly url: string;
  /** Where metrics are served; null where they are not. */
  readonly metricsUrl: string | null;
  /**
   * Turns readiness to 503, finishes current requests, and ends each connection with its next answer. After `grace`
   * milliseconds ends all connections.
   */
  stop(grace?: number): Promise<void>;
}

/**
 * Starts the server of `tradepost serve`: HTTP, WebSocket, health and the console. `HttpCore` serves the operations,
 * Express everything else.
 *
 * @throws ListenError where it cannot listen; PlainError where a file of the console is missing.
 */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const { tradepost, secrets, config, logger, metrics } = parts;
  const { allowedOrigins, trustProxy, allowedHosts, maxConnections, rateLimits } = config;
  const options: WebOptions = { secrets, allowedOrigins, trustProxy, logger, ...(allowedHosts && { allowedHosts }) };
  const web = prepareWeb(options);
  const core = new HttpCore(tradepost.useCases, web, tradepost.observer);
  let draining = false;

  const app = application();
  const documents = {
    '/health/live': liveness,
    '/health/ready': readiness({ check: () => tradepost.check(), isDraining: () => draining, logger }),
    '/asyncapi.json': serveDocument(asyncApiDocument),
    '/openapi.json': serveDocument(openApiDocument),
    '/openrpc.json': serveDocument(openRpcDocument),
    '/llms.txt': serveDocument(describeForModels),
    ...(config.console && { '/docs': serveReference(openRpcDocument) }),
  };
  const page = config.console ? loadConsole() : new Map();
  app.use(accessLog(logger, [...Object.keys(documents), ...page.keys()], [...PROBES, METRICS_PATH]));
  for (const [path, handler] of Object.entries(documents)) app.get(path, handler);
  const scraped = metrics && { scrape: () => metrics.source.scrape(), token: metrics.token, logger };
  if (scraped && metrics.endpoint === 'on') {
    const checkHost = (request: IncomingMessage): void => web.hosts.check(web.see(nodeRequest(request)).host);
    app.get(METRICS_PATH, metricsEndpoint({ ...scraped, checkHost }));
  }
  app.use(serveConsole(page));
  app.use(async (request, response) => sendAnswer(request, response, await core.notFound(nodeRequest(request))));

  const operations = nodeHandler(core, '', logAnswers(logger));
  const http = createHttpServer((request, response) => operations(request, response, () => app(request, response)), {
    maxConnections,
  });
  const limits: Partial<SocketLimits> = rateLimits ? {} : { messagesPerMinute: null };
  const sockets = attachWebSocket(http.server, tradepost, { ...options, limits });
  metrics?.source.watch({ load: () => tradepost.load(), sockets: () => sockets.counts });
  await listen(http.server, { variable: 'PORT', host: config.host, port: config.port });
  const url = urlOf(http.server, config.host);
  const listener =
    scraped && metrics.endpoint !== 'on'
      ? await startMetricsListener(metrics.endpoint, scraped).catch(async error => {
          await Promise.all([sockets.close(), http.stop(0)]);
          throw error;
        })
      : null;
  return {
    url,
    metricsUrl: metrics ? `${listener?.url ?? url}${METRICS_PATH}` : null,
    stop: async (grace = 8_000) => {
      draining = true;
      await Promise.all([sockets.close(), http.stop(grace)]);
      await listener?.stop();
    },
  };
}

/** The paths whose requests are logged at `debug`, because machines send them all the time. */
const PROBES = ['/health/live', '/health/ready'];

function application(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  return app;
}
