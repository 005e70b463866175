import type { Id } from './id.js';
import type { Timestamp } from './timestamp.js';
import { addSeconds } from './timestamp.js';

/** Proof of who a caller is. Only its holder knows the token that stands for it. */
export interface Session {
  readonly id: Id;
  readonly userId: Id;
  readonly createdAt: Timestamp;
  /** Fixed when the session is opened. Use does not extend it. */
  readonly expiresAt: Timestamp;
  /** Written at most once per `computeTouchInterval`. */
  readonly lastUsedAt: Timestamp;
  readonly userAgent: string | null;
}

export interface SessionPolicy {
  /** Seconds. */
  readonly lifetime: number;
  /** Seconds. Null: sessions do not end by being idle. */
  readonly idleTimeout: number | null;
  /** Live sessions of one user, at least 1. A login beyond it ends the least recently used ones (OWASP ASVS 5.0, 7.1.2). */
  readonly maxPerUser: number;
}

export const DEFAULT_SESSION_POLICY: SessionPolicy = { lifetime: 3600, idleTimeout: null, maxPerUser: 100 };

/** @throws TypeError if the policy would allow no session */
export function checkSessionPolicy({ maxPerUser }: SessionPolicy): void {
  if (Number.isSafeInteger(maxPerUser) && maxPerUser >= 1) return;
  throw new TypeError(`session.maxPerUser must be a whole number from 1, not ${String(maxPerUser)}`);
}

/** What decides whether a session is live, as two timestamps that stores can use in queries. */
export interface LivenessBounds {
  /** A session that expires at this moment or earlier has ended. */
  readonly now: Timestamp;
  /** A session last used at this moment or earlier has been idle for too long; null without an idle timeout. */
  readonly idleSince: Timestamp | null;
}

export const computeLivenessBounds = (now: Timestamp, { idleTimeout }: SessionPolicy): LivenessBounds => ({
  now,
  idleSince: idleTimeout === null ? null : addSeconds(now, -idleTimeout),
});

/** A session is live while now < expiresAt and, with an idle timeout, now < lastUsedAt + idle timeout. */
export const isLive = (
  session: Pick<Session, 'expiresAt' | 'lastUsedAt'>,
  { now, idleSince }: LivenessBounds,
): boolean => now < session.expiresAt && (idleSince === null || idleSince < session.lastUsedAt);

/**
 * Returns the age of `lastUsedAt`, in seconds, at which use of the session writes it again. Without an idle timeout it
 * is only information, and one write per minute is enough. With an idle timeout it ends sessions, so it is exact to
 * the second.
 */
export const computeTouchInterval = ({ idleTimeout }: SessionPolicy): number => (idleTimeout === null ? 60 : 1);

export function openSession(
  { id, userId, userAgent, now }: { id: Id; userId: Id; userAgent: string | null; now: Timestamp },
  { lifetime }: SessionPolicy,
): Session {
  return {
    id,
    userId,
    createdAt: now,
    expiresAt: addSeconds(now, lifetime),
    lastUsedAt: now,
    userAgent: clipUserAgent(userAgent),
  };
}

/** Characters. A header may be much longer, and is only kept to distinguish sessions. */
const MAX_USER_AGENT = 500;

/** Removes what no store keeps (see `checkStorable`) and what is too long. */
const clipUserAgent = (text: string | null): string | null =>
  text === null ? null : text.replaceAll('\0', '').slice(0, MAX_USER_AGENT).toWellFormed();

const MIN_BYTES = 32;
const MIN_DIFFERENT_CHARACTERS = 8;
/** A text of up to half the length, again and again. */
const REPETITION = /^(.+?)\1+$/s;
/** What guides and templates have where a secret belongs. */
const PLACEHOLDER =
  /change[-_ ]?(?:me|this|it)|replace[-_ ]?(?:me|this|it)|keyboard[-_ ]?cat|your[-_ ]?(?:own[-_ ]?)?secret/i;

/**
 * Returns why the text cannot be a secret for session cookies, as the end of a sentence, or null. A secret has at least
 * 32 bytes, the length of an HMAC-SHA-256 key (RFC 2104, 3), and is random, because a key such as 32 zeros or a template's
 * `change-me` can be guessed.
 */
export function secretFlaw(secret: string): string | null {
  if (new TextEncoder().encode(secret).length < MIN_BYTES) return `must be at least ${MIN_BYTES} bytes long`;
  if (new Set(secret).size < MIN_DIFFERENT_CHARACTERS || REPETITION.test(secret)) {
    return 'must be random: one that repeats a few characters can be guessed';
  }
  return PLACEHOLDER.test(secret) ? 'must be random: this is the text of a template, which everybody knows' : null;
}
