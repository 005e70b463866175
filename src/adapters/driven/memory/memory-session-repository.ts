import type {
  SessionCap,
  SessionOwner,
  SessionRepository,
} from '../../../application/ports/driven/session-repository.js';
import type { TokenDigest } from '../../../application/ports/driven/system.js';
import type { Broadcast } from '../../../application/storage-kit/index.js';
import type { Id } from '../../../domain/id.js';
import type { LivenessBounds, Session } from '../../../domain/session.js';
import { isLive } from '../../../domain/session.js';
import type { Timestamp } from '../../../domain/timestamp.js';
import type { MemoryUserRepository } from './memory-user-repository.js';

export class MemorySessionRepository implements SessionRepository {
  private readonly byDigest = new Map<TokenDigest, Session>();
  private readonly digestsByUser = new Map<Id, Set<TokenDigest>>();

  constructor(
    private readonly users: MemoryUserRepository,
    private readonly signals: Broadcast,
  ) {}

  async add(session: Session, digest: TokenDigest, replaces: TokenDigest | null, cap: SessionCap): Promise<void> {
    if (replaces !== null) this.end([replaces]);
    const others = this.pairsOf(session.userId).filter(([, other]) => isLive(other, cap));
    const byUse = others.sort(([, a], [, b]) => compare(b.lastUsedAt, a.lastUsedAt) || compare(b.id, a.id));
    this.end(byUse.slice(cap.max - 1).map(([exceeding]) => exceeding));
    this.put(session, digest);
  }

  /** Adds the session and ends no other. For the archive. */
  put(session: Session, digest: TokenDigest): void {
    this.byDigest.set(digest, session);
    const digests = this.digestsByUser.get(session.userId) ?? new Set();
    this.digestsByUser.set(session.userId, digests.add(digest));
  }

  async use(digest: TokenDigest, bounds: LivenessBounds, touchedBefore: Timestamp): Promise<SessionOwner | null> {
    const found = this.byDigest.get(digest);
    if (!found || !isLive(found, bounds)) return null;
    const session = found.lastUsedAt <= touchedBefore ? { ...found, lastUsedAt: bounds.now } : found;
    this.byDigest.set(digest, session);
    const account = this.users.find({ id: session.userId });
    return account && { session, user: account.user };
  }

  async list(
    userId: Id,
    bounds: LivenessBounds,
    { before, limit }: { before: Id | null; limit: number },
  ): Promise<Session[]> {
    return this.pairsOf(userId)
      .map(([, session]) => session)
      .filter(session => isLive(session, bounds) && (before === null || session.id < before))
      .sort((a, b) => compare(b.id, a.id))
      .slice(0, limit);
  }

  async findLive(sessions: readonly Pick<Session, 'id' | 'userId'>[], bounds: LivenessBounds): Promise<Session[]> {
    return sessions.flatMap(({ id, userId }) => {
      const found = this.pairsOf(userId).find(([, session]) => session.id === id)?.[1];
      return found && isLive(found, bounds) ? [found] : [];
    });
  }

  async remove(userId: Id, sessionId: Id): Promise<boolean> {
    const pair = this.pairsOf(userId).find(([, session]) => session.id === sessionId);
    if (pair) this.end([pair[0]]);
    return pair !== undefined;
  }

  async removeAll(userId: Id, except: Id | null): Promise<void> {
    const removed = this.pairsOf(userId).filter(([, session]) => session.id !== except);
    this.end(removed.map(([digest]) => digest));
  }

  async removeExpired(bounds: LivenessBounds, limit: number): Promise<number> {
    let removed = 0;
    for (const [digest, session] of this.byDigest) {
      if (removed === limit) break;
      if (isLive(session, bounds)) continue;
      this.delete(digest);
      removed += 1;
    }
    return removed;
  }

  /** For the archive. */
  all(): { session: Session; digest: TokenDigest }[] {
    return [...this.byDigest].map(([digest, session]) => ({ session, digest }));
  }

  private pairsOf(userId: Id): [TokenDigest, Session][] {
    const digests = this.digestsByUser.get(userId) ?? [];
    return [...digests].flatMap(digest => {
      const session = this.byDigest.get(digest);
      return session ? [[digest, session] satisfies [TokenDigest, Session]] : [];
    });
  }

  /** Deletes sessions that may still be live, and signals it. */
  private end(digests: readonly TokenDigest[]): void {
    const sessionIds = digests.flatMap(digest => this.byDigest.get(digest)?.id ?? []);
    for (const digest of digests) this.delete(digest);
    if (sessionIds.length > 0) this.signals.publish({ kind: 'sessions_ended', sessionIds });
  }

  private delete(digest: TokenDigest): void {
    const session = this.byDigest.get(digest);
    if (!session) return;
    this.byDigest.delete(digest);
    const digests = this.digestsByUser.get(session.userId);
    digests?.delete(digest);
    if (digests?.size === 0) this.digestsByUser.delete(session.userId);
  }
}

const compare = <Text extends string>(a: Text, b: Text): number => (a < b ? -1 : a > b ? 1 : 0);
