import type { IncomingMessage, Server } from 'node:http';
import { Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ServerOptions, WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import { Overloaded } from '../../../domain/errors.js';
import { knownError, MalformedRequest, RouteNotFound } from '../operations/index.js';
import { reportFailure } from '../web/logger.js';
import type { WebOptions } from '../web/options.js';
import { prepareWeb } from '../web/options.js';
import { unansweredOf } from '../web/unanswered.js';
import { Connection } from './connection.js';
import { checkHandshake, checkHeaderCount } from './handshake.js';
import { startHeartbeat } from './heartbeat.js';
import type { SocketLimits } from './limits.js';
import { CLOSE_TIMEOUT, completeLimits, MAX_PAYLOAD } from './limits.js';
import { openRpcDocument } from './openrpc.js';
import { CloseCode, SUBPROTOCOL } from './protocol.js';
import type { Slot } from './slots.js';
import { Slots } from './slots.js';
import type { HeldSession } from './socket-session.js';
import { isWebSocketUpgrade, refuseUpgrade, serveWithoutUpgrade } from './upgrades.js';

export interface WebSocketOptions extends WebOptions {
  /** Where sockets are opened; `/ws` if left out. */
  readonly path?: string;
  /** What sockets may do; see `SocketLimits` for each and its default. */
  readonly limits?: Partial<SocketLimits>;
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

/** Milliseconds until an upgrade that nobody serves is answered, where other listeners may serve it. */
const UNSERVED = 4_000;
/** Milliseconds an upgrade waits for the answers in front of it. */
const LONGEST_TURN = 10_000;

/**
 * Offers Tradepost over WebSocket on an HTTP server that there is. Close it before the server: `server.close()` knows
 * nothing of connections that were upgraded.
 *
 * @throws TypeError naming the option that is wrong
 */
export function attachWebSocket(
  server: Server | SecureServer,
  { useCases }: WebSocketTarget,
  options: WebSocketOptions,
): AttachedWebSocket {
  const { path = '/ws' } = options;
  const web = prepareWeb(options);
  const { logger } = web;
  const limits = completeLimits(options.limits);
  const slots = new Slots(limits);
  const connections = new Set<Connection>();
  const unanswered = unansweredOf(server);
  const upgrader = new WebSocketServer(SERVER_OPTIONS);
  upgrader.on('wsClientError', (error, socket) => {
    refuseUpgrade(socket, new MalformedRequest(`${error.message}.`));
  });
  const isWhole = options.only === undefined && options.without === undefined;
  const describe = (): object => (isWhole ? openRpcDocument() : openRpcDocument(web.offers));
  const shared = { useCases, limits, logger, offers: web.offers, describe };
  const heartbeat = startHeartbeat(connections, limits.pingInterval);
  let closed = false;

  async function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const isAlone = server.listenerCount('upgrade') === 1;
    const isSocket = isWebSocketUpgrade(request);
    // Another listener may serve other paths and other protocols.
    if (!isAlone && !(isSocket && pathOf(request) === path)) return refuseUnserved(socket);
    const giveUp = setTimeout(() => socket.destroy(), LONGEST_TURN).unref();
    await unanswered.settled(socket);
    clearTimeout(giveUp);
    if (!socket.writable) return void socket.destroy();
    try {
      checkHeaderCount(request);
      if (isSocket) await openSocket(request, socket, head);
      else serveWithoutUpgrade(server, request, socket, head);
    } catch (thrown) {
      const error = knownError(thrown);
      reportFailure(logger, error, { path });
      refuseUpgrade(socket, error);
    }
  }

  async function openSocket(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    if (pathOf(request) !== path) throw new RouteNotFound();
    refuseWhenClosed();
    const slot = slots.take();
    let connection: Connection | undefined;
    try {
      const { session, address } = await checkHandshake({ useCases, web }, request);
      refuseWhenClosed();
      if (session) slot.claimFor(session.caller.user.id);
      else slot.claimAnonymous(address, () => connection?.end(CloseCode.Overloaded, 'all sockets are in use'));
      const webSocket = socket.destroyed ? undefined : upgrade(request, socket, head);
      if (webSocket) connection = open(webSocket, slot, session, request.headers['user-agent'] ?? null);
    } finally {
      if (!connection) slot.release();
    }
  }

  /** Whoever else listens has some time; a socket that nobody has written to or reads from by then is refused. */
  function refuseUnserved(socket: Duplex): void {
    const isServed = (): boolean =>
      (socket as Socket).bytesWritten > 0 || socket.listenerCount('data') > 0 || socket.listenerCount('readable') > 0;
    const timer = setTimeout(() => {
      if (!socket.destroyed && !isServed()) refuseUpgrade(socket, new RouteNotFound());
    }, UNSERVED);
    timer.unref();
    socket.once('close', () => clearTimeout(timer));
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

  // Apart from the handshake, so that an open socket does not keep its request in memory.
  function open(socket: WebSocket, slot: Slot, session: HeldSession | null, userAgent: string | null): Connection {
    const connection = new Connection({ ...shared, socket, slot, userAgent });
    connections.add(connection);
    void connection.open(session, () => {
      connections.delete(connection);
      slot.release();
    });
    return connection;
  }

  // From the first moment on: an upgraded socket has no other listener for errors, and one without ends the process.
  const guard = (socket: Duplex): void => void socket.on('error', ignore);
  const arrival = server instanceof SecureServer ? 'secureConnection' : 'connection';
  server.on(arrival, guard);
  const listener = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    // Connections there were before have none yet.
    socket.on('error', ignore);
    void onUpgrade(request, socket, head);
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
      await Promise.all([...connections].map(connection => connection.waitForClose()));
      server.off('upgrade', listener);
      server.off(arrival, guard);
    },
  };
}

const pathOf = ({ url }: IncomingMessage): string | undefined => url?.split('?')[0];

/** A connection that breaks during the handshake is closed by Node; there is nobody to tell. */
const ignore = (): void => undefined;
