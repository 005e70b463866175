import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import express from 'express';
import type { Logger } from 'pino';
import { loadConsole, serveConsole } from '../adapters/driving/console/index.js';
import { accessLog, liveness, logAnswers, readiness, serveDocument } from '../adapters/driving/http/express-parts.js';
import { nodeHandler, sendAnswer } from '../adapters/driving/http/http-handler.js';
import { createHttpServer } from '../adapters/driving/http/http-server.js';
import { HttpCore } from '../adapters/driving/web/http-core.js';
import { nodeRequest } from '../adapters/driving/web/http-request.js';
import type { WebOptions } from '../adapters/driving/web/options.js';
import { prepareWeb } from '../adapters/driving/web/options.js';
import type { SocketLimits } from '../adapters/driving/websocket/index.js';
import { attachWebSocket, openRpcDocument } from '../adapters/driving/websocket/index.js';
import type { Config } from './config.js';
import type { Tradepost } from './tradepost.js';

export interface ServerParts {
  readonly tradepost: Tradepost;
  readonly secrets: readonly string[];
  readonly config: Pick<
    Config,
    'host' | 'port' | 'allowedOrigins' | 'trustProxy' | 'allowedHosts' | 'maxConnections' | 'rateLimits' | 'console'
  >;
  readonly logger: Logger;
}

export interface RunningServer {
  readonly url: string;
  /**
   * Turns readiness to 503, finishes current requests, and ends each connection with its next answer. After `grace`
   * milliseconds ends all connections.
   */
  stop(grace?: number): Promise<void>;
}

/** Starts the server of `tradepost serve`. `HttpCore` serves the operations, Express everything else. */
export async function startServer({ tradepost, secrets, config, logger }: ServerParts): Promise<RunningServer> {
  const { allowedOrigins, trustProxy, allowedHosts, maxConnections, rateLimits } = config;
  const options: WebOptions = { secrets, allowedOrigins, trustProxy, logger, ...(allowedHosts && { allowedHosts }) };
  const core = new HttpCore(tradepost.useCases, prepareWeb(options));
  let draining = false;

  const app = application();
  const documents = {
    '/health/live': liveness,
    '/health/ready': readiness({ check: () => tradepost.check(), isDraining: () => draining, logger }),
    '/openrpc.json': serveDocument(openRpcDocument),
  };
  const page = config.console ? loadConsole() : new Map();
  app.use(accessLog(logger, [...Object.keys(documents), ...page.keys()]));
  for (const [path, handler] of Object.entries(documents)) app.get(path, handler);
  app.use(serveConsole(page));
  app.use(async (request, response) => sendAnswer(request, response, await core.notFound(nodeRequest(request))));

  const operations = nodeHandler(core, '', logAnswers(logger));
  const http = createHttpServer((request, response) => operations(request, response, () => app(request, response)), {
    maxConnections,
  });
  const limits: Partial<SocketLimits> = rateLimits ? {} : { messagesPerMinute: null };
  const sockets = attachWebSocket(http.server, tradepost, { ...options, limits });
  await listen(http.server, config);
  return {
    url: urlOf(http.server, config.host),
    stop: async (grace = 8_000) => {
      draining = true;
      await Promise.all([sockets.close(), http.stop(grace)]);
    },
  };
}

function application(): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  return app;
}

/**
 * Connections that the system keeps until they are accepted; it limits the figure to its own (`net.core.somaxconn` of
 * Linux, 4,096). A client beyond it tries again after 1, 3 and 7 s. Node's default is 511.
 */
const BACKLOG = 8192;

const listen = (server: Server, { host, port }: { host: string; port: number }): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
