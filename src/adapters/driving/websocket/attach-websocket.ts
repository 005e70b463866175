import type { IncomingMessage, Server } from 'node:http';
import { Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ServerOptions, WebSocket } from 'ws';
import type { Observer } from '../../../application/ports/driven/observer.js';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import type { TradepostError } from '../../../domain/errors.js';
import { Overloaded } from '../../../domain/errors.js';
import { parseIpAddress } from '../../../domain/ip-address.js';
import { WebSocketServer } from '../../../peers/ws.js';
import { knownError, MalformedRequest, RouteNotFound } from '../operations/index.js';
import { callObserver, deliveryReporter } from '../operations/observing.js';
import { traceOf } from '../web/http-core.js';
import { reportFailure } from '../web/logger.js';
import type { WebOptions } from '../web/options.js';
import { prepareWeb } from '../web/options.js';
import { keepRequestId, requestIdOf } from '../web/request-id.js';
import { unansweredOf } from '../web/unanswered.js';
import { Admission } from './admission.js';
import type { ConnectionParts } from './connection.js';
import { Connection } from './connection.js';
import { checkHandshake, checkHeaderCount, checkOrigin } from './handshake.js';
import { startHeartbeat } from './heartbeat.js';
import type { SocketLimits } from './limits.js';
import { CLOSE_TIMEOUT, completeLimits, MAX_PAYLOAD } from './limits.js';
import { openRpcDocument } from './openrpc.js';
import { answerPlainRequests } from './plain-requests.js';
import { CloseCode, SUBPROTOCOL } from './protocol.js';
import type { SlotCounts } from './slots.js';
import { Slots } from './slots.js';
import type { HeldSession } from './socket-session.js';
import { isWebSocketUpgrade, refuseUpgrade, serveWithoutUpgrade } from './upgrades.js';

export interface WebSocketOptions extends WebOptions {
  /** The path of sockets; `/ws` if left out. */
  readonly path?: string;
  /** Limits of sockets; see `SocketLimits` for their defaults. */
  readonly limits?: Partial<SocketLimits>;
}

/** The part of Tradepost that sockets need. `createTradepost` returns it. */
export interface WebSocketTarget {
  /** Everything callers can do. */
  readonly useCases: UseCases;
  /** The observer of `createTradepost`, which sees every call. */
  readonly observer?: Observer | undefined;
}

/** The sockets of an HTTP server. */
export interface AttachedWebSocket {
  /** The number of open sockets. */
  readonly size: number;
  /** The sockets by what they count as. `opening`: their handshake is not finished. */
  readonly counts: SlotCounts;
  /** Accepts no new sockets, closes all open ones with 1001, and ends those that have not answered after 5 s. */
  close(): Promise<void>;
}

/** The types of `ws` lack some of its options. */
const SERVER_OPTIONS = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: MAX_PAYLOAD,
  // The most frames and the most chunks of one message. Each costs memory, even if it is small.
  maxFragments: 16,
  maxBufferedChunks: 1024,
  // The most unread answers to pings. With a limit on messages, a flood of pings is closed earlier.
  maxPendingAutoPongs: 200,
  closeTimeout: CLOSE_TIMEOUT,
  handleProtocols: () => SUBPROTOCOL,
} as ServerOptions;

/** Milliseconds until an upgrade is refused that another listener may serve and does not. */
const UNSERVED_LIMIT = 4_000;
/** Milliseconds that an upgrade waits for the answers to earlier requests of its connection. */
const LONGEST_TURN = 10_000;

/**
 * Offers Tradepost over WebSocket on an existing HTTP server. Call `close` before `server.close()`, which does not close
 * upgraded connections. Call it after the server has its request listener: a GET of the path without an upgrade is
 * answered here, with the reason why a handshake from there would fail, and does not reach that listener.
 *
 * @throws TypeError naming the option that is wrong
 */
export function attachWebSocket(
  server: Server | SecureServer,
  { useCases, observer }: WebSocketTarget,
  options: WebSocketOptions,
): AttachedWebSocket {
  const { path = '/ws' } = options;
  const web = prepareWeb(options);
  const { logger } = web;
  const limits = completeLimits(options.limits);
  const slots = new Slots(limits);
  const admission = new Admission();
  const connections = new Set<Connection>();
  answerPlainRequests(server, path, refusalOf);
  const unanswered = unansweredOf(server);
  const upgrader = new WebSocketServer(SERVER_OPTIONS);
  upgrader.on('wsClientError', (error, socket, { headers }) => {
    refuseUpgrade(socket, new MalformedRequest(`${error.message}.`), requestIdOf(headers));
  });
  upgrader.on('headers', (headers, { headers: sent }) => headers.push(`X-Request-Id: ${requestIdOf(sent)}`));
  const isWhole = options.only === undefined && options.without === undefined;
  const describe = (): object => (isWhole ? openRpcDocument() : openRpcDocument(web.offers));
  const observe = callObserver(observer);
  const report = deliveryReporter(observer, 'websocket');
  const shared = { useCases, limits, logger, observe, report, offers: web.offers, describe };
  const heartbeat = startHeartbeat(connections, limits.pingInterval);
  let closed = false;

  async function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const isAlone = server.listenerCount('upgrade') === 1;
    const isSocket = isWebSocketUpgrade(request);
    // Other paths and protocols may be those of another listener.
    if (!isAlone && !(isSocket && pathOf(request) === path)) return refuseUnserved(socket);
    const giveUp = setTimeout(() => socket.destroy(), LONGEST_TURN).unref();
    await unanswered.settled(socket);
    clearTimeout(giveUp);
    if (!socket.writable) return void socket.destroy();
    const requestId = keepRequestId(request);
    try {
      checkHeaderCount(request);
      if (!isSocket) serveWithoutUpgrade(server, request, socket, head);
      else if (!observe) await openSocket(request, socket, head);
      else {
        const call = { operation: 'handshake', transport: 'websocket', ...traceOf(request.headers) } as const;
        await observe(
          call,
          () => openSocket(request, socket, head),
          isOpen => (isOpen ? { code: 'ok', status: 101 } : { code: 'malformed_request', status: 400 }),
        );
      }
    } catch (thrown) {
      const error = knownError(thrown);
      reportFailure(logger, error, { requestId, path });
      refuseUpgrade(socket, error, requestId);
    }
  }

  /** Returns false if `ws` refused the handshake, or if the client is gone. */
  async function openSocket(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<boolean> {
    if (pathOf(request) !== path) throw new RouteNotFound();
    refuseWhenClosed();
    const slot = slots.take();
    let connection: Connection | undefined;
    try {
      await admission.enter();
      const { session, address } = await checkHandshake({ useCases, web }, request);
      refuseWhenClosed();
      if (session) slot.assignTo(session.caller.user.id);
      else slot.assignAnonymous(address, () => connection?.end(CloseCode.Overloaded, 'all sockets are in use'));
      const webSocket = socket.destroyed ? undefined : upgrade(request, socket, head);
      const client = { userAgent: request.headers['user-agent'] ?? null, address: parseIpAddress(address ?? '') };
      if (webSocket)
        connection = open(
          { socket: webSocket, stream: socket, slot, client, handshakeId: requestIdOf(request.headers) },
          session,
        );
      return connection !== undefined;
    } finally {
      if (!connection) slot.release();
    }
  }

  /** Gives other listeners some time, then refuses the upgrade unless one of them reads from or writes to the socket. */
  function refuseUnserved(socket: Duplex): void {
    const isServed = (): boolean =>
      (socket as Socket).bytesWritten > 0 || socket.listenerCount('data') > 0 || socket.listenerCount('readable') > 0;
    const timer = setTimeout(() => {
      if (!socket.destroyed && !isServed()) refuseUpgrade(socket, new RouteNotFound());
    }, UNSERVED_LIMIT);
    timer.unref();
    socket.once('close', () => clearTimeout(timer));
  }

  function refusalOf(request: IncomingMessage): TradepostError {
    try {
      refuseWhenClosed();
      checkOrigin(web, request);
      return new MalformedRequest('This URL is for WebSockets. The request offers no upgrade.');
    } catch (error) {
      return knownError(error);
    }
  }

  function refuseWhenClosed(): void {
    if (closed) throw new Overloaded(1);
  }

  /** Returns undefined if `ws` refused and answered the handshake, because its key or version is not valid. */
  function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): WebSocket | undefined {
    let accepted: WebSocket | undefined;
    upgrader.handleUpgrade(request, socket, head, webSocket => {
      accepted = webSocket;
    });
    return accepted;
  }

  // A separate function, so that an open socket does not keep its request in memory.
  function open(own: OwnParts, session: HeldSession | null): Connection {
    const connection = new Connection({ ...shared, ...own });
    connections.add(connection);
    void connection.open(session, () => {
      connections.delete(connection);
      own.slot.release();
    });
    return connection;
  }

  // Added to every connection, because an error on an upgraded socket without a listener ends the process.
  const guard = (socket: Duplex): void => void socket.on('error', ignore);
  const arrival = server instanceof SecureServer ? 'secureConnection' : 'connection';
  server.on(arrival, guard);
  const listener = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // Connections that were opened before `attachWebSocket` do not have the listener yet.
    socket.on('error', ignore);
    void onUpgrade(request, socket, head);
  };
  server.on('upgrade', listener);

  return {
    get size() {
      return connections.size;
    },
    get counts() {
      return slots.counts;
    },
    close: async () => {
      closed = true;
      heartbeat.stop();
      for (const connection of connections) void connection.retire(CloseCode.ShuttingDown, 'shutting down');
      // None takes longer than `LAST_ANSWER` plus `CLOSE_TIMEOUT`: then `ws` ends it.
      await Promise.all([...connections].map(connection => connection.waitForClose()));
      server.off('upgrade', listener);
      server.off(arrival, guard);
    },
  };
}

type OwnParts = Pick<ConnectionParts, 'socket' | 'stream' | 'slot' | 'client' | 'handshakeId'>;

const pathOf = ({ url }: IncomingMessage): string | undefined => url?.split('?')[0];

/** Node closes a connection that fails during the handshake. Nothing else has to be done. */
const ignore = (): void => undefined;
