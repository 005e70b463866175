import type { Id } from '../../domain/id.js';
import type { Session, SessionPolicy } from '../../domain/session.js';
import { computeLivenessBounds, isLive } from '../../domain/session.js';
import { addSeconds } from '../../domain/timestamp.js';
import type { SessionRepository } from '../ports/driven/session-repository.js';
import type { Clock, Timers } from '../ports/driven/system.js';
import { inBatches } from '../storage-kit/in-batches.js';
import { JointQuery } from '../storage-kit/joint-query.js';
import { PacedWork } from './pacing.js';
import { systemTimers } from './system-timers.js';

interface Watched {
  session: Session;
  readonly onEnd: Set<() => void>;
  cancelTimer: (() => void) | undefined;
}

/** Milliseconds. Longer waits are split, because timers take at most 24.8 days and because clocks may be set. */
const LONGEST_WAIT = 60 * 60 * 1000;

/** The watched sessions of this process. Notifies their watchers when a session ends for any reason. */
export class SessionWatches {
  private readonly watched = new Map<Id, Watched>();
  /** Watched sessions that a signal named and that have not been checked since. */
  private readonly suspected = new Set<Id>();
  private readonly confirmation: PacedWork;
  private readonly firstChecks: JointQuery<Watched, null>;

  constructor(
    private readonly sessions: SessionRepository,
    private readonly clock: Clock,
    private readonly policy: SessionPolicy,
    /** Called after `size` changed. */
    private readonly onSizeChange: () => void,
    private readonly timers: Timers = systemTimers,
  ) {
    this.confirmation = new PacedWork(() => this.checkSuspected(), timers);
    this.firstChecks = new JointQuery(
      async added => {
        await this.checkThese([...new Set(added)]);
        return added.map(() => null);
      },
      { parallel: 1, inputs: 1000 },
    );
  }

  /** How many sessions are watched. */
  get size(): number {
    return this.watched.size;
  }

  /** Calls `onEnd` once, when the session ends. The returned function ends the watch without calling it. */
  add(session: Session, onEnd: () => void): () => void {
    const watched = this.watched.get(session.id) ?? { session, onEnd: new Set(), cancelTimer: undefined };
    // A new function for each call, so that one `onEnd` added twice is called twice.
    const notify = (): void => onEnd();
    watched.onEnd.add(notify);
    this.watched.set(session.id, watched);
    this.schedule(watched);
    this.onSizeChange();
    // The session may have ended between the caller's authentication and this watch.
    this.firstChecks.request(watched).catch(() => undefined);
    return () => {
      watched.onEnd.delete(notify);
      if (watched.onEnd.size === 0) this.forget(watched);
    };
  }

  /**
   * Queries whether these sessions are still live, and ends the watches of those that are not. A signal alone ends no
   * watch, because every role of a PostgreSQL database can send one. Sessions without a watch cost no query, all others
   * share one. If the store fails, the query is repeated.
   */
  confirm(ids: readonly Id[]): void {
    for (const id of ids) if (this.watched.has(id)) this.suspected.add(id);
    if (this.suspected.size > 0) void this.confirmation.request();
  }

  /** Queries which watched sessions are still live, and ends the watches of the others. */
  check(): Promise<void> {
    return this.checkThese([...this.watched.values()]);
  }

  /** Ends all watches without notifying the watchers. */
  clear(): void {
    for (const watched of this.watched.values()) this.forget(watched);
  }

  private async checkSuspected(): Promise<void> {
    const ids = [...this.suspected];
    this.suspected.clear();
    try {
      await this.checkThese(ids.flatMap(id => this.watched.get(id) ?? []));
    } catch {
      this.confirm(ids);
    }
  }

  private async checkThese(all: readonly Watched[]): Promise<void> {
    await inBatches(all, async batch => {
      const bounds = computeLivenessBounds(this.clock.now(), this.policy);
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
    watched.cancelTimer?.();
    const { id } = watched.session;
    if (this.watched.get(id) !== watched) return false;
    this.watched.delete(id);
    this.onSizeChange();
    return true;
  }

  private schedule(watched: Watched): void {
    watched.cancelTimer?.();
    const wait = Date.parse(this.computeDueTime(watched.session)) - Date.parse(this.clock.now());
    // One millisecond is added because timers may fire that much early.
    const milliseconds = Math.max(1, Math.min(wait + 1, LONGEST_WAIT));
    watched.cancelTimer = this.timers.after(milliseconds, () => this.onDue(watched));
  }

  /** When the session ends, as far as this process knows. Another process may have used it since. */
  private computeDueTime({ expiresAt, lastUsedAt }: Session): string {
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
    else if (isLive(watched.session, computeLivenessBounds(now, this.policy))) reschedule();
    // If the store fails, the next periodic check finds out.
    else void this.checkThese([watched]).then(reschedule, () => undefined);
  }
}
