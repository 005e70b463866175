/** The limits that an application can set. */
export interface SocketLimits {
  /** The most sockets of this process; one more is refused with 503. */
  readonly sockets: number;
  /** The most sockets of one user in this process; one more is refused with 429. */
  readonly socketsPerUser: number;
  /** The most sockets without a session in this process: a quarter of `sockets` if left out. */
  readonly anonymousSockets: number;
  /** The most sockets without a session from one IPv4 address or one /64 of IPv6; one more is refused with 429. */
  readonly anonymousSocketsPerAddress: number;
  /** Sustained rate and burst (OWASP WebSocket Security Cheat Sheet: about 100); null for no limit. */
  readonly messagesPerMinute: number | null;
  /**
   * Bad messages (not JSON, not a request, unknown method, wrong parameters) within ten seconds after which the socket is
   * closed with 1008; null for no limit.
   */
  readonly badMessages: number | null;
  /** Milliseconds until a socket must have a session. */
  readonly sessionPatience: number;
  /** Milliseconds between pings. A client that does not answer a ping within 5/6 of that time is dropped. */
  readonly pingInterval: number;
}

export const DEFAULT_LIMITS: SocketLimits = {
  sockets: 5000,
  socketsPerUser: 10,
  anonymousSockets: 1250,
  anonymousSocketsPerAddress: 20,
  messagesPerMinute: 100,
  badMessages: 10,
  sessionPatience: 10_000,
  pingInterval: 30_000,
};

/** Adds the defaults. Sockets without a session get a quarter of all sockets. */
export function completeLimits(limits: Partial<SocketLimits> = {}): SocketLimits {
  const { sockets = DEFAULT_LIMITS.sockets } = limits;
  return { ...DEFAULT_LIMITS, anonymousSockets: Math.ceil(sockets / 4), ...limits };
}

/** Bytes per message. */
export const MAX_PAYLOAD = 16 * 1024;
/** Bytes buffered for one client; with more, the socket is closed. */
export const MAX_BUFFERED = 1024 * 1024;
/** Buffered bytes above which trades wait until the client has read; that alone does not close the socket. */
export const HIGH_WATER = MAX_BUFFERED / 2;
/** Milliseconds a client has to read the buffered bytes, once there are more than `HIGH_WATER`. */
export const DRAIN_PATIENCE = 10_000;
/** Unanswered messages at which the server stops reading from the socket. */
export const MAX_QUEUED = 16;
/** Milliseconds over which bad messages are counted. */
export const BAD_MESSAGES_PERIOD = 10_000;
/** Messages answered with `rate_limited` before the socket is closed. */
export const MAX_REFUSALS = 20;
/** Milliseconds for the current message to be answered before its socket is closed. */
export const LAST_ANSWER = 500;
/** Milliseconds for a client without a session to take the close frame. Its answer is not waited for. */
export const ANONYMOUS_CLOSE_TIMEOUT = 100;
/** Milliseconds for the client to answer a close frame. */
export const CLOSE_TIMEOUT = 5_000;
/** The most headers of a handshake, and of other requests that offer to change the protocol. */
export const MAX_HEADERS = 200;
