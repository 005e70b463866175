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
  /** Adds the session and, in the same step, ends the one it takes the place of, if it names one. */
  add(session: Session, digest: TokenDigest, replaces: TokenDigest | null): Promise<void>;

  /**
   * The live session of a token together with its user, in one round trip, else null. Where the session was last used
   * at `touchedBefore` or earlier, `lastUsedAt` becomes `bounds.now`, and the session comes back with it.
   */
  use(digest: TokenDigest, bounds: LivenessBounds, touchedBefore: Timestamp): Promise<SessionOwner | null>;

  /** The user's live sessions, newest first. */
  list(userId: Id, bounds: LivenessBounds): Promise<Session[]>;

  /** Those of these sessions that are still live, as they are now, in one round trip. */
  findLive(sessions: readonly Pick<Session, 'id' | 'userId'>[], bounds: LivenessBounds): Promise<Session[]>;

  /** Ends one session of this user; false where the user has no such session. */
  remove(userId: Id, sessionId: Id): Promise<boolean>;

  /** Ends all sessions of the user but `except`; answers the ids of those that ended. */
  removeAll(userId: Id, except: Id | null): Promise<Id[]>;

  /** Deletes up to `limit` sessions that are not live any more; answers how many it deleted. */
  removeExpired(bounds: LivenessBounds, limit: number): Promise<number>;
}
