import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { TradepostError } from '../../../domain/errors.js';
import { HeadersTooLarge, MalformedRequest, RequestTimeout } from '../operations/index.js';
import { endWith } from '../web/answer.js';
import { provideUnanswered } from '../web/unanswered.js';
import { InTurn } from './in-turn.js';

export interface HttpServerOptions {
  /** Connections at most; one more is closed as soon as it is accepted. 10,000 if left out. */
  readonly maxConnections?: number;
  /** Milliseconds after which a connection that neither reads nor sends is ended; 30,000 if left out. */
  readonly patience?: number;
}

export const DEFAULT_MAX_CONNECTIONS = 10_000;
const DEFAULT_PATIENCE = 30_000;

export interface HttpServer {
  readonly server: Server;
  /**
   * Answers what comes in for a little longer, each answer with the end of its connection, then takes no new
   * connections and ends idle ones. After `grace` ms all are ended.
   */
  stop(grace: number): Promise<void>;
}

/** Milliseconds for which connections that are idle at the end are kept: a request may be on its way. */
const LAST_REQUESTS = 500;

/** A server of `node:http` that no peer can hold, however slow it is and however much it sends. */
export function createHttpServer(listener: RequestListener, options: HttpServerOptions = {}): HttpServer {
  const { maxConnections = DEFAULT_MAX_CONNECTIONS, patience = DEFAULT_PATIENCE } = options;
  const turns = new InTurn(listener);
  const server = createServer({
    maxHeaderSize: 16 * 1024,
    headersTimeout: 5_000,
    requestTimeout: 10_000,
    keepAliveTimeout: 5_000,
    // Without it Node looks at these limits every 30 s.
    connectionsCheckingInterval: 500,
    // It is checked with the rest of the head, so that it is answered as other refusals are.
    requireHostHeader: false,
  });
  server.maxConnections = maxConnections;
  server.timeout = patience;
  // A peer that has nothing more to say may still wait for answers. (Node knows the setting and does not document it.)
  Object.assign(server, { httpAllowHalfOpen: true });
  server.on('request', turns.onRequest);
  provideUnanswered(server, turns);
  const failing = new WeakSet<Duplex>();
  const end = async (socket: Duplex, error: TradepostError): Promise<void> => {
    if (failing.has(socket)) return;
    failing.add(socket);
    socket.pause();
    const isFree = await turns.finish(socket);
    if (isFree) endWith(socket, error);
    else socket.destroy();
  };
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable || error.code === 'ECONNRESET') socket.destroy();
    else void end(socket, errorOf(error));
  });
  server.on('connect', (_request, socket) => {
    socket.on('error', () => undefined);
    void end(socket, new MalformedRequest('This server is no proxy: CONNECT is not possible.'));
  });
  return {
    server,
    stop: async grace => {
      turns.drain();
      const deadline = setTimeout(() => server.closeAllConnections(), grace);
      await untilQuiet(server);
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      server.closeIdleConnections();
      await closed;
      clearTimeout(deadline);
    },
  };
}

/** What Node's parser and its timers find (`HPE_…` of llhttp). */
function errorOf({ code, message }: NodeJS.ErrnoException): TradepostError {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new RequestTimeout();
  if (code === 'HPE_HEADER_OVERFLOW' || code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return new HeadersTooLarge();
  return new MalformedRequest(`The request is not HTTP: ${message.replace(/^Parse Error: /, '')}.`);
}

async function untilQuiet(server: Server): Promise<void> {
  const until = performance.now() + LAST_REQUESTS;
  while (performance.now() < until && (await connectionsOf(server)) > 0) await pause(20);
}

const connectionsOf = (server: Server): Promise<number> =>
  new Promise(resolve => server.getConnections((_error, count) => resolve(count ?? 0)));
