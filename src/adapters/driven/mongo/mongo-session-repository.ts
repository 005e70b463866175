import type {
  SessionCap,
  SessionOwner,
  SessionRepository,
} from '../../../application/ports/driven/session-repository.js';
import type { TokenDigest } from '../../../application/ports/driven/system.js';
import type { Id } from '../../../domain/id.js';
import type { LivenessBounds, Session } from '../../../domain/session.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import type { Stages } from './access.js';
import { type Collections, collectionName } from './collections.js';
import type { Database } from './database.js';
import type { Filter } from './filter.js';
import { above, atMost, below, differsFrom, equals, oneOf, where } from './filter.js';
import type { UserDocument } from './mongo-user-repository.js';
import { userOf } from './mongo-user-repository.js';
import { bytes, date, idOf, timestampOf, uuid } from './types.js';

type SessionDocument = Collections['sessions'];

export class MongoSessionRepository implements SessionRepository {
  constructor(private readonly database: Database) {}

  async add(session: Session, digest: TokenDigest, replaces: TokenDigest | null, cap: SessionCap): Promise<void> {
    const added = documentOf(session, digest);
    const owner = equals(added.userId);
    const others = where('sessions', { userId: owner, ...liveConditions(cap) });
    await this.database.transaction([session.userId], async access => {
      // A snapshot does not show the session of a concurrent login, but two logins cannot both change the user.
      await access.update(where('users', { _id: owner }), { set: { lastSessionId: added._id } });
      if (replaces !== null) await access.remove(where('sessions', { digest: equals(bytes(replaces)) }));
      const exceeding = await access.find(others, { sort: { lastUsedAt: -1, _id: -1 }, skip: cap.max - 1 });
      if (exceeding.length > 0) await access.remove(where('sessions', { _id: oneOf(exceeding.map(({ _id }) => _id)) }));
      await access.insert('sessions', added);
    });
  }

  async use(digest: TokenDigest, bounds: LivenessBounds, touchedBefore: Timestamp): Promise<SessionOwner | null> {
    const live = where('sessions', { digest: equals(bytes(digest)), ...liveConditions(bounds) });
    const [found] = await this.database.query(access => access.aggregate(live, WITH_USER));
    if (!found) return null;
    const session = sessionOf(found);
    if (session.lastUsedAt > touchedBefore) return { session, user: userOf(found.user) };
    // The conditions are repeated because the session may have ended or been touched since.
    const untouched = live.and(where('sessions', { lastUsedAt: atMost(date(touchedBefore)) }));
    const touch = { set: { lastUsedAt: date(bounds.now) } };
    await this.database.query(access => access.update(untouched, touch));
    return { session: { ...session, lastUsedAt: bounds.now }, user: userOf(found.user) };
  }

  async list(
    userId: Id,
    bounds: LivenessBounds,
    { before, limit }: { before: Id | null; limit: number },
  ): Promise<Session[]> {
    const live = where('sessions', {
      userId: equals(uuid(userId)),
      _id: before === null ? null : below(uuid(before)),
      ...liveConditions(bounds),
    });
    return (await this.database.query(access => access.find(live, { sort: { _id: -1 }, limit }))).map(sessionOf);
  }

  async findLive(sessions: readonly Pick<Session, 'id' | 'userId'>[], bounds: LivenessBounds): Promise<Session[]> {
    if (sessions.length === 0) return [];
    const live = where('sessions', {
      userId: oneOf(sessions.map(({ userId }) => uuid(userId))),
      _id: oneOf(sessions.map(({ id }) => uuid(id))),
      ...liveConditions(bounds),
    });
    return (await this.database.query(access => access.find(live))).map(sessionOf);
  }

  async remove(userId: Id, sessionId: Id): Promise<boolean> {
    const own = where('sessions', { _id: equals(uuid(sessionId)), userId: equals(uuid(userId)) });
    return (await this.database.query(access => access.remove(own))) > 0;
  }

  async removeAll(userId: Id, except: Id | null): Promise<void> {
    const others = where('sessions', {
      userId: equals(uuid(userId)),
      _id: except === null ? null : differsFrom(uuid(except)),
    });
    await this.database.query(access => access.remove(others));
  }

  async removeExpired(bounds: LivenessBounds, limit: number): Promise<number> {
    const expired = expiredFilter(bounds);
    return this.database.query(async access => {
      const found = await access.find(expired, { limit });
      if (found.length === 0) return 0;
      return access.remove(where('sessions', { _id: oneOf(found.map(({ _id }) => _id)) }));
    });
  }
}

const WITH_USER: Stages<{ readonly user: UserDocument }> = {
  list: [
    { $lookup: { from: collectionName('users'), localField: 'userId', foreignField: '_id', as: 'user' } },
    { $unwind: '$user' },
  ],
};

export const documentOf = (session: Session, digest: TokenDigest): SessionDocument => ({
  _id: uuid(session.id),
  digest: bytes(digest),
  userId: uuid(session.userId),
  createdAt: date(session.createdAt),
  expiresAt: date(session.expiresAt),
  lastUsedAt: date(session.lastUsedAt),
  userAgent: session.userAgent,
});

export const sessionOf = ({ _id, userId, createdAt, expiresAt, lastUsedAt, userAgent }: SessionDocument): Session => ({
  id: idOf(_id),
  userId: idOf(userId),
  createdAt: timestampOf(createdAt),
  expiresAt: timestampOf(expiresAt),
  lastUsedAt: timestampOf(lastUsedAt),
  userAgent,
});

/** The rule of `isLive` as conditions. */
const liveConditions = ({ now, idleSince }: LivenessBounds) => ({
  expiresAt: above(date(now)),
  lastUsedAt: idleSince === null ? null : above(date(idleSince)),
});

function expiredFilter({ now, idleSince }: LivenessBounds): Filter<'sessions'> {
  const expired = where('sessions', { expiresAt: atMost(date(now)) });
  if (idleSince === null) return expired;
  return expired.or(where('sessions', { lastUsedAt: atMost(date(idleSince)) }));
}
