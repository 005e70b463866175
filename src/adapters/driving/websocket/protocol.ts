/**
 * What the server and the client of the protocol agree on (PROTOCOL.md). This file is data and imports only data, so that
 * the browser client can load it.
 */
import { WATCH_OPERATION } from '../operations/surface.js';

/** The subprotocol that a client offers in its handshake (RFC 6455, 1.9). */
export const SUBPROTOCOL = 'tradepost.v1';

/** The methods that exist only over sockets, besides the operations. */
export const SOCKET_METHODS = {
  resume: 'sessions.resume',
  watch: WATCH_OPERATION,
  unwatch: 'trades.unwatch',
  ping: 'rpc.ping',
  discover: 'rpc.discover',
} as const;

/** The notification that carries a trade of a running watch. */
export const TRADE_NOTIFICATION = 'trades.recorded';

/** The reason of a close with 1011 where the store has lost trades that the watch had delivered: its cursor is not valid. */
export const WATCH_AHEAD = 'the cursor is ahead of the trades';

/** Why the server closed a socket: RFC 6455, 7.4.1; codes from 4000 on are Tradepost's own. */
export enum CloseCode {
  /** The server shuts down; requests in progress were answered. */
  ShuttingDown = 1001,
  /** Frames that break RFC 6455: not masked, reserved bits, unknown opcodes. */
  ProtocolError = 1002,
  /** A binary message; only text is accepted. */
  BinaryFrame = 1003,
  /** Text that is not UTF-8. */
  BadUtf8 = 1007,
  /** Ten bad messages within 10 s, or a message in too many frames. */
  TooManyBadMessages = 1008,
  /** A message of more than 16 KiB. */
  TooLarge = 1009,
  /** An unhandled error, or the failure of this socket's watch. */
  Internal = 1011,
  /** The client reads too slowly. */
  Overloaded = 1013,
  /** The session ended: logout, revocation, expiry, or a login beyond the limit of sessions. */
  SessionEnded = 4401,
  /** No session within 10 s. */
  NoSessionInTime = 4408,
  /** The client kept sending after `rate_limited`. */
  TooManyMessages = 4429,
}
