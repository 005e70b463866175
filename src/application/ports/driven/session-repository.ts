import type { Id } from '../../../domain/id.js';
import type { LivenessBounds, Session } from '../../../domain/session.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import type { User } from '../../../domain/user.js';
import type { TokenDigest } from './system.js';

export interface SessionOwner {
  readonly session: Session;
  readonly user: User;
}

export interface SessionRepository {
  /** Adds the session and, in the same step, ends the session whose digest is `replaces`, if it is not null. */
  add(session: Session, digest: TokenDigest, replaces: TokenDigest | null): Promise<void>;

  /**
   * Returns the live session of a token together with its user, in one round trip, or null. Where the session was last
   * used at `touchedBefore` or earlier, sets `lastUsedAt` to `bounds.now` and returns the session with it.
   */
  use(digest: TokenDigest, bounds: LivenessBounds, touchedBefore: Timestamp): Promise<SessionOwner | null>;

  /** The user's live sessions, newest first. */
  list(userId: Id, bounds: LivenessBounds): Promise<Session[]>;

  /** Returns those of these sessions that are still live, as they are now, in one round trip. */
  findLive(sessions: readonly Pick<Session, 'id' | 'userId'>[], bounds: LivenessBounds): Promise<Session[]>;

  /** Ends one session of this user. Returns false where the user has no such session. */
  remove(userId: Id, sessionId: Id): Promise<boolean>;

  /** Ends all sessions of the user but `except`. */
  removeAll(userId: Id, except: Id | null): Promise<void>;

  /** Deletes up to `limit` sessions that are no longer live. Returns how many it deleted. */
  removeExpired(bounds: LivenessBounds, limit: number): Promise<number>;
}
