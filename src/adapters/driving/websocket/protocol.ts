/**
 * What the server and the client of the protocol agree on (PROTOCOL.md). This file is data without imports, so that the
 * browser client can load it.
 */
export const SUBPROTOCOL = 'tradepost.v1';

/** The methods that exist only over sockets, besides the operations. */
export const SOCKET_METHODS = {
  resume: 'sessions.resume',
  watch: 'trades.watch',
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
  ShuttingDown = 1001,
  /** Frames that break RFC 6455: not masked, reserved bits, unknown opcodes. */
  ProtocolError = 1002,
  BinaryFrame = 1003,
  BadUtf8 = 1007,
  TooManyBadMessages = 1008,
  TooLarge = 1009,
  Internal = 1011,
  /** The client reads too slowly. */
  Overloaded = 1013,
  SessionEnded = 4401,
  NoSessionInTime = 4408,
  TooManyMessages = 4429,
}
