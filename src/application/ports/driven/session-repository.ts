import type { Id } from '../../../domain/id.js';
import type { LivenessBounds, Session } from '../../../domain/session.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import type { User } from '../../../domain/user.js';
import type { TokenDigest } from './system.js';

/** A session with the account that it belongs to. */
export interface SessionOwner {
  /** The session as it is stored; it may have expired. */
  readonly session: Session;
  /** The account. */
  readonly user: User;
}

/** How many live sessions a user may have. The bounds decide which sessions are live, and so count. */
export interface SessionCap extends LivenessBounds {
  /** At least 1. */
  readonly max: number;
}

/** Keeps sessions, by the digests of their tokens. */
export interface SessionRepository {
  /**
   * Adds the session. In the same step ends the session whose digest is `replaces`, if it is not null, and then as many
   * other live sessions of the user as exceed the cap together with the new one: those last used the longest ago, of equal
   * ones those with the smallest id. Concurrent calls never leave a user with more than `cap.max` live sessions.
   */
  add(session: Session, digest: TokenDigest, replaces: TokenDigest | null, cap: SessionCap): Promise<void>;

  /**
   * Returns the live session of a token together with its user, in one round trip, or null. Where the session was last
   * used at `touchedBefore` or earlier, sets `lastUsedAt` to `bounds.now` and returns the session with it.
   */
  use(digest: TokenDigest, bounds: LivenessBounds, touchedBefore: Timestamp): Promise<SessionOwner | null>;

  /** Returns up to `limit` live sessions of the user with an id below `before`, newest first (greatest id first). */
  list(userId: Id, bounds: LivenessBounds, range: { before: Id | null; limit: number }): Promise<Session[]>;

  /** Returns those of these sessions that are still live, as they are now, in one round trip. */
  findLive(sessions: readonly Pick<Session, 'id' | 'userId'>[], bounds: LivenessBounds): Promise<Session[]>;

  /** Ends one session of this user. Returns false where the user has no such session. */
  remove(userId: Id, sessionId: Id): Promise<boolean>;

  /** Ends all sessions of the user but `except`. */
  removeAll(userId: Id, except: Id | null): Promise<void>;

  /** Deletes up to `limit` sessions that are no longer live. Returns how many it deleted. */
  removeExpired(bounds: LivenessBounds, limit: number): Promise<number>;
}
