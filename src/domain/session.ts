import type { Id } from './id.js';
import type { Timestamp } from './timestamp.js';
import { addSeconds } from './timestamp.js';

/** Proof of who a caller is, as long as it lives. The token that stands for it is known to its holder alone. */
export interface Session {
  readonly id: Id;
  readonly userId: Id;
  readonly createdAt: Timestamp;
  /** Absolute: using the session never moves it. */
  readonly expiresAt: Timestamp;
  /** Exact to `touchInterval`. */
  readonly lastUsedAt: Timestamp;
  readonly userAgent: string | null;
}

/** Seconds. */
export interface SessionPolicy {
  readonly lifetime: number;
  readonly idleTimeout: number | null;
}

export const DEFAULT_SESSION_POLICY: SessionPolicy = { lifetime: 3600, idleTimeout: null };

/** The two bounds a session must be beyond to be live, so that stores can ask for them in a query. */
export interface LivenessBounds {
  readonly now: Timestamp;
  /** A session last used at this moment or before has been idle for too long; null where no idle time-out is set. */
  readonly idleSince: Timestamp | null;
}

export const livenessBounds = (now: Timestamp, { idleTimeout }: SessionPolicy): LivenessBounds => ({
  now,
  idleSince: idleTimeout === null ? null : addSeconds(now, -idleTimeout),
});

/** The rule: valid while now < expiresAt and, with an idle time-out, now < lastUsedAt + idle time-out. */
export const isLive = (
  session: Pick<Session, 'expiresAt' | 'lastUsedAt'>,
  { now, idleSince }: LivenessBounds,
): boolean => now < session.expiresAt && (idleSince === null || idleSince < session.lastUsedAt);

const MAX_USER_AGENT = 500;

/** The `User-Agent` header as a session keeps it: 500 characters at most; null where there is none. */
export const clipUserAgent = (userAgent: string | undefined): string | null =>
  userAgent?.slice(0, MAX_USER_AGENT) ?? null;

/**
 * How old `lastUsedAt` may get, in seconds, before using the session writes it anew. Without an idle time-out it only
 * informs, and a write a minute is enough; with one it decides, to the second.
 */
export const touchInterval = ({ idleTimeout }: SessionPolicy): number => (idleTimeout === null ? 60 : 1);

export function openSession(
  { id, userId, userAgent, now }: { id: Id; userId: Id; userAgent: string | null; now: Timestamp },
  { lifetime }: SessionPolicy,
): Session {
  return { id, userId, createdAt: now, expiresAt: addSeconds(now, lifetime), lastUsedAt: now, userAgent };
}
