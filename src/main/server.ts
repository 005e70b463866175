import type { IncomingMessage, Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import express from 'express';
import type { Logger } from 'pino';
import { accessLog } from '../adapters/driving/http/access-log.js';
import { healthHandler } from '../adapters/driving/http/health.js';
import { httpHandler } from '../adapters/driving/http/index.js';
import { securityHeaders, sendJson } from '../adapters/driving/web/responses.js';
import type { WebRequest } from '../adapters/driving/web/web-request.js';
import type { SocketLimits } from '../adapters/driving/websocket/index.js';
import { attachWebSocket, openRpcDocument } from '../adapters/driving/websocket/index.js';
import type { Config } from './config.js';
import type { Tradepost } from './tradepost.js';

export interface ServerParts {
  readonly tradepost: Tradepost;
  readonly secrets: readonly string[];
  readonly config: Pick<Config, 'host' | 'port' | 'allowedOrigins' | 'trustProxy' | 'rateLimits'>;
  readonly logger: Logger;
}

export interface RunningServer {
  readonly url: string;
  /** Readiness turns 503, requests under way are finished, idle connections are closed; after `grace` ms all are. */
  stop(grace?: number): Promise<void>;
}

/** The server as `tradepost serve` runs it. */
export async function startServer({ tradepost, secrets, config, logger }: ServerParts): Promise<RunningServer> {
  let draining = false;
  const app = application(config.trustProxy);
  app.use(accessLog(logger));
  app.use('/health', healthHandler({ check: () => tradepost.check(), isDraining: () => draining }));
  app.get('/openrpc.json', securityHeaders, (_request, response) => {
    response.setHeader('Cache-Control', 'no-store');
    sendJson(response, 200, openRpcDocument());
  });
  app.use(httpHandler(tradepost, { secrets, allowedOrigins: config.allowedOrigins, logger, unknownRoutes: 'refuse' }));

  const server = createHttpServer(app);
  const { allowedOrigins, rateLimits } = config;
  const limits: Partial<SocketLimits> = rateLimits ? {} : { messagesPerMinute: null };
  const webRequest = (request: IncomingMessage): WebRequest => asExpress(app, request);
  const sockets = attachWebSocket(server, tradepost, { secrets, allowedOrigins, logger, limits, webRequest });
  await listen(server, config);
  return {
    url: urlOf(server, config.host),
    stop: async (grace = 8_000) => {
      draining = true;
      await Promise.all([sockets.close(), close(server, grace)]);
    },
  };
}

/** What Express does to a request before its handlers see it: now it knows of proxies that are trusted. */
const asExpress = (app: Express, request: IncomingMessage): WebRequest =>
  Object.setPrototypeOf(request, app.request) as WebRequest;

function application(trustProxy: readonly string[]): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.set('trust proxy', trustProxy.length > 0 ? [...trustProxy] : false);
  return app;
}

/** Limits for clients that are slow or send too much; without `connectionsCheckingInterval` they hold every 30 s only. */
const createHttpServer = (app: Express): Server =>
  createServer(
    {
      maxHeaderSize: 16 * 1024,
      headersTimeout: 5_000,
      requestTimeout: 10_000,
      keepAliveTimeout: 5_000,
      connectionsCheckingInterval: 500,
      requireHostHeader: true,
    },
    app,
  );

const listen = (server: Server, { host, port }: { host: string; port: number }): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

async function close(server: Server, grace: number): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()));
  server.closeIdleConnections();
  const deadline = setTimeout(() => server.closeAllConnections(), grace);
  await closed;
  clearTimeout(deadline);
}
