import type { Id } from '../../domain/id.js';
import type { Session, SessionPolicy } from '../../domain/session.js';
import { isLive, livenessBounds } from '../../domain/session.js';
import { addSeconds } from '../../domain/timestamp.js';
import type { Clock } from '../ports/driven/clock.js';
import type { SessionRepository } from '../ports/driven/session-repository.js';
import { inBatches } from '../storage-kit/in-batches.js';

interface Watched {
  session: Session;
  readonly onEnd: Set<() => void>;
  timer: NodeJS.Timeout | undefined;
}

/** Milliseconds. Longer waits are cut into several: timers take 24.8 days at most, and clocks are set now and then. */
const LONGEST_WAIT = 60 * 60 * 1000;

/** The sessions somebody in this process wants to know the end of, whatever ends them. */
export class SessionWatches {
  onChange: () => void = () => undefined;
  private readonly watched = new Map<Id, Watched>();

  constructor(
    private readonly sessions: SessionRepository,
    private readonly clock: Clock,
    private readonly policy: SessionPolicy,
  ) {}

  get size(): number {
    return this.watched.size;
  }

  /** Calls `onEnd` once, when the session ends, unless the returned function was called before. */
  add(session: Session, onEnd: () => void): () => void {
    const watched = this.watched.get(session.id) ?? { session, onEnd: new Set(), timer: undefined };
    const entry = (): void => onEnd();
    watched.onEnd.add(entry);
    this.watched.set(session.id, watched);
    this.schedule(watched);
    this.onChange();
    // It may have ended after it was found alive and before anybody listened.
    void this.checkThese([watched]).catch(() => undefined);
    return () => {
      watched.onEnd.delete(entry);
      if (watched.onEnd.size === 0) this.forget(watched);
    };
  }

  end(ids: readonly Id[]): void {
    for (const id of ids) {
      const watched = this.watched.get(id);
      if (watched) this.endOne(watched);
    }
  }

  check(): Promise<void> {
    return this.checkThese([...this.watched.values()]);
  }

  clear(): void {
    for (const watched of this.watched.values()) this.forget(watched);
  }

  private async checkThese(all: readonly Watched[]): Promise<void> {
    await inBatches(all, async batch => {
      const bounds = livenessBounds(this.clock.now(), this.policy);
      const live = await this.sessions.findLive(
        batch.map(({ session }) => session),
        bounds,
      );
      const found = new Map(live.map(session => [session.id, session]));
      for (const watched of batch) {
        const session = found.get(watched.session.id);
        if (!session) this.endOne(watched);
        else watched.session = session;
      }
    });
  }

  private endOne(watched: Watched): void {
    if (!this.forget(watched)) return;
    for (const onEnd of watched.onEnd) onEnd();
  }

  private forget(watched: Watched): boolean {
    clearTimeout(watched.timer);
    const { id } = watched.session;
    if (this.watched.get(id) !== watched) return false;
    this.watched.delete(id);
    this.onChange();
    return true;
  }

  private schedule(watched: Watched): void {
    clearTimeout(watched.timer);
    const wait = Date.parse(this.dueAt(watched.session)) - Date.parse(this.clock.now());
    // A millisecond more, since timers may fire one early.
    watched.timer = setTimeout(() => this.onDue(watched), Math.max(1, Math.min(wait + 1, LONGEST_WAIT))).unref();
  }

  /** When the session ends, as far as is known here: another process may have used it since. */
  private dueAt({ expiresAt, lastUsedAt }: Session): string {
    const { idleTimeout } = this.policy;
    const idleAt = idleTimeout === null ? expiresAt : addSeconds(lastUsedAt, idleTimeout);
    return idleAt < expiresAt ? idleAt : expiresAt;
  }

  private onDue(watched: Watched): void {
    const now = this.clock.now();
    const reschedule = (): void => {
      if (this.watched.get(watched.session.id) === watched) this.schedule(watched);
    };
    if (now >= watched.session.expiresAt) this.endOne(watched);
    else if (isLive(watched.session, livenessBounds(now, this.policy))) reschedule();
    // Where the store does not answer the next check finds out.
    else void this.checkThese([watched]).then(reschedule, () => undefined);
  }
}
