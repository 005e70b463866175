/** What a process takes from sockets. Every one can be set by who embeds the server, for tests and for other needs. */
export interface Limits {
  /** Sockets of this process at most; another one is refused with 503. */
  readonly sockets: number;
  /** Sockets of one user in this process at most; another one is refused with 429. */
  readonly socketsPerUser: number;
  /** Sustained, with as many at once (OWASP WebSocket Security Cheat Sheet names about 100); null for any number. */
  readonly messagesPerMinute: number | null;
  /**
   * Messages that cannot be understood (no JSON, no request, no such method, wrong parameters), within ten seconds: so
   * many end the connection with 1008. Null for any number.
   */
  readonly badMessages: number | null;
  /** Milliseconds a socket has to get a session. */
  readonly sessionPatience: number;
  /** Milliseconds between pings; who does not answer one within 5/6 of it is dropped: within twice the interval. */
  readonly pingInterval: number;
}

export const DEFAULT_LIMITS: Limits = {
  sockets: 5000,
  socketsPerUser: 10,
  messagesPerMinute: 100,
  badMessages: 10,
  sessionPatience: 10_000,
  pingInterval: 30_000,
};

/** Bytes of one message. */
export const MAX_PAYLOAD = 16 * 1024;
/** Bytes on their way to one client. */
export const MAX_BUFFERED = 1024 * 1024;
/** Bytes from which on trades wait until the client has read: so far behind in reading is no reason to drop it. */
export const HIGH_WATER = MAX_BUFFERED / 2;
/** Milliseconds a client has to read what is on its way, once there is that much. */
export const DRAIN_PATIENCE = 10_000;
/** Messages read and not answered yet, from which on no more are read. */
export const MAX_QUEUED = 16;
/** Milliseconds in which bad messages are counted. */
export const BAD_MESSAGES_PERIOD = 10_000;
/** Messages answered with `rate_limited` before the connection ends. */
export const MAX_REFUSALS = 20;
/** Milliseconds the message in hand has to be answered, once its socket is to be closed. */
export const LAST_ANSWER = 500;
/** Milliseconds for the other end to answer the closing of a connection. */
export const CLOSE_TIMEOUT = 5_000;
/** Headers of a handshake at most, and of other requests that offer to change the protocol. */
export const MAX_HEADERS = 200;
