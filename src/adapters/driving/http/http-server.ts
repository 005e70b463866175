import type { RequestListener, Server } from 'node:http';
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { TradepostError } from '../../../domain/errors.js';
import { HeadersTooLarge, MalformedRequest, RequestTimeout } from '../operations/index.js';
import { closeGently, endWith } from '../web/answer.js';
import { provideUnanswered } from '../web/unanswered.js';
import { InTurn } from './in-turn.js';

export interface HttpServerOptions {
  /** The most connections; one more is closed as soon as it is accepted. 10,000 if left out. */
  readonly maxConnections?: number;
  /** Milliseconds after which a connection is ended if its peer neither reads nor sends; 30,000 if left out. */
  readonly patience?: number;
}

export const DEFAULT_MAX_CONNECTIONS = 10_000;
const DEFAULT_PATIENCE = 30_000;

export interface HttpServer {
  readonly server: Server;
  /**
   * Ends each connection with its next answer. After half a second, or as soon as there are no connections, accepts no
   * new connections and ends idle ones. After `grace` milliseconds ends all connections.
   */
  stop(grace: number): Promise<void>;
}

/** Milliseconds that idle connections are kept open while the server stops, because a request may be on its way. */
const LAST_REQUESTS = 500;

/** Creates a server of `node:http` with limits on everything that a peer can make it wait for or keep in memory. */
export function createHttpServer(listener: RequestListener, options: HttpServerOptions = {}): HttpServer {
  const { maxConnections = DEFAULT_MAX_CONNECTIONS, patience = DEFAULT_PATIENCE } = options;
  const turns = new InTurn(listener);
  const server = createServer({
    maxHeaderSize: 16 * 1024,
    headersTimeout: 5_000,
    requestTimeout: 10_000,
    keepAliveTimeout: 5_000,
    // By default Node checks these limits only every 30 s.
    connectionsCheckingInterval: 500,
    // `flawOfHead` checks the header, so that the answer is a problem as for other refusals.
    requireHostHeader: false,
  });
  server.maxConnections = maxConnections;
  server.timeout = patience;
  // A peer may close its sending side and still wait for answers. Node does not document this setting.
  Object.assign(server, { httpAllowHalfOpen: true });
  server.on('connection', socket => {
    // Node calls this after an answer that ends the connection, also for HTTP/1.0 and `Connection: close`.
    socket.destroySoon = () => closeGently(socket);
  });
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
    if (socket.destroyed || error.code === 'ECONNRESET') socket.destroy();
    else if (socket.writable) void end(socket, errorOf(error));
    else if (!failing.has(socket)) {
      // More bytes behind the answer that ended the connection. To destroy it now would reset it before that is read.
      failing.add(socket);
      closeGently(socket);
    }
  });
  server.on('connect', (_request, socket) => {
    socket.on('error', () => undefined);
    void end(socket, new MalformedRequest('This server is not a proxy, so CONNECT is not possible.'));
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

/** Translates the errors of Node's parser (`HPE_…` of llhttp) and of its timers. */
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
