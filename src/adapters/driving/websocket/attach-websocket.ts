import type { IncomingMessage, Server } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { Duplex } from 'node:stream';
import type { ServerOptions, WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import { InternalError, MalformedRequest, Overloaded, TradepostError } from '../../../domain/errors.js';
import { clipUserAgent } from '../../../domain/session.js';
import { RouteNotFound } from '../web/http-errors.js';
import type { Logger } from '../web/logger.js';
import { silent } from '../web/logger.js';
import { OriginPolicy } from '../web/origin.js';
import { reportFailure } from '../web/report-failure.js';
import { SessionCookies } from '../web/session-cookie.js';
import type { WebRequest } from '../web/web-request.js';
import { CloseCode } from './close-code.js';
import { Connection } from './connection.js';
import { checkHandshake, checkHeaderCount, directRequest, SUBPROTOCOL } from './handshake.js';
import { startHeartbeat } from './heartbeat.js';
import type { Limits } from './limits.js';
import { CLOSE_TIMEOUT, DEFAULT_LIMITS, MAX_PAYLOAD } from './limits.js';
import { openRpcDocument } from './openrpc.js';
import { isWebSocketUpgrade, serveWithoutUpgrade } from './other-upgrade.js';
import type { Place } from './places.js';
import { Places } from './places.js';
import { refuseUpgrade } from './refuse-upgrade.js';
import type { HeldSession } from './socket-session.js';

export interface WebSocketOptions {
  /** Those of the HTTP handler: a cookie it set is good here. */
  readonly secrets: readonly string[];
  /** Origins of web pages, besides the server's own, that may open sockets; none if left out. */
  readonly allowedOrigins?: readonly string[];
  /** Where sockets are opened; `/ws` if left out. */
  readonly path?: string;
  /** Where failures are reported; nowhere if left out. */
  readonly logger?: Logger;
  /** What sockets may do; see `Limits` for each and its default. */
  readonly limits?: Partial<Limits>;
  /** How a request looks to the client; behind a proxy the application knows better than the connection does. */
  readonly webRequest?: (request: IncomingMessage) => WebRequest;
}

/** What sockets need of Tradepost: `createTradepost` makes one. */
export interface WebSocketTarget {
  readonly useCases: UseCases;
}

export interface AttachedWebSocket {
  /** Sockets that are open. */
  readonly size: number;
  /** Takes no new sockets, closes all there are with 1001, and ends those that have not answered after 5 s. */
  close(): Promise<void>;
}

/** `ws` knows more options than its types do. */
const SERVER_OPTIONS = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: MAX_PAYLOAD,
  // Frames a message may be cut into, and pieces it may come in: each costs memory, however small it is.
  maxFragments: 16,
  maxBufferedChunks: 1024,
  // Answers to pings that were not read; with messages limited, a flood of pings is closed before it comes to this.
  maxPendingAutoPongs: 200,
  closeTimeout: CLOSE_TIMEOUT,
  handleProtocols: () => SUBPROTOCOL,
} as ServerOptions;

/**
 * Offers Tradepost over WebSocket on an HTTP server that there is. Close it before the server: `server.close()` knows
 * nothing of connections that were upgraded.
 */
export function attachWebSocket(
  server: Server | SecureServer,
  { useCases }: WebSocketTarget,
  options: WebSocketOptions,
): AttachedWebSocket {
  const { secrets, allowedOrigins = [], path = '/ws', logger = silent, webRequest = directRequest } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const handshake = {
    useCases,
    cookies: new SessionCookies(secrets),
    origins: new OriginPolicy(allowedOrigins),
    webRequest,
  };
  const places = new Places(limits);
  const connections = new Set<Connection>();
  const upgrader = new WebSocketServer(SERVER_OPTIONS);
  upgrader.on('wsClientError', (error, socket, request) => {
    refuseUpgrade(request, socket, new MalformedRequest(`${error.message}.`));
  });
  const heartbeat = startHeartbeat(connections, limits.pingInterval);
  let closed = false;

  async function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', ignore);
    let place: Place | undefined;
    try {
      if (pathOf(request) !== path) throw new RouteNotFound();
      refuseWhenClosed();
      place = places.take();
      const session = await checkHandshake(handshake, request);
      refuseWhenClosed();
      if (session) place.claimFor(session.caller.user.id);
      const webSocket = socket.destroyed ? undefined : upgrade(request, socket, head);
      if (webSocket) open(webSocket, place, session, clipUserAgent(request.headers['user-agent']));
      else place.leave();
    } catch (thrown) {
      place?.leave();
      refuse(request, socket, thrown);
    }
  }

  function onOtherUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    try {
      checkHeaderCount(request);
      serveWithoutUpgrade(server, request, socket, head);
    } catch (thrown) {
      socket.on('error', ignore);
      refuse(request, socket, thrown);
    }
  }

  function refuse(request: IncomingMessage, socket: Duplex, thrown: unknown): void {
    const error = thrown instanceof TradepostError ? thrown : new InternalError(thrown);
    reportFailure(logger, error, { path });
    refuseUpgrade(request, socket, error);
  }

  function refuseWhenClosed(): void {
    if (closed) throw new Overloaded(1);
  }

  /** Undefined where `ws` refused the handshake: a key or version that is none. It was answered then. */
  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): WebSocket | undefined {
    let accepted: WebSocket | undefined;
    upgrader.handleUpgrade(request, socket, head, webSocket => {
      accepted = webSocket;
    });
    return accepted;
  }

  // Apart from the handshake, so that what a socket keeps for as long as it is open does not keep the request.
  function open(socket: WebSocket, place: Place, session: HeldSession | null, userAgent: string | null): void {
    const describe = openRpcDocument;
    const connection = new Connection({ socket, useCases, place, limits, logger, userAgent, describe });
    connections.add(connection);
    void connection.open(session, () => {
      connections.delete(connection);
      place.leave();
    });
  }

  const listener = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const alone = server.listenerCount('upgrade') === 1;
    if (alone && !isWebSocketUpgrade(request)) onOtherUpgrade(request, socket, head);
    // Another listener may serve other paths.
    else if (alone || pathOf(request) === path) void onUpgrade(request, socket, head);
  };
  server.on('upgrade', listener);

  return {
    get size() {
      return connections.size;
    },
    close: async () => {
      closed = true;
      heartbeat.stop();
      for (const connection of connections) void connection.retire(CloseCode.ShuttingDown, 'shutting down');
      // None takes longer than `LAST_ANSWER` and `CLOSE_TIMEOUT`: then `ws` ends it.
      await Promise.all([...connections].map(connection => connection.gone()));
      server.off('upgrade', listener);
    },
  };
}

const pathOf = ({ url }: IncomingMessage): string | undefined => url?.split('?')[0];

/** A connection that breaks during the handshake is closed by Node; there is nobody to tell. */
const ignore = (): void => undefined;
