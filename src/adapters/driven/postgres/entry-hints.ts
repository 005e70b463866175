import { setTimeout as sleep } from 'node:timers/promises';
import type { Signal } from '../../../application/ports/driven/signals.js';
import type { Id } from '../../../domain/id.js';

/** A signal about new entries. */
export type EntryHint = Extract<Signal, { kind: 'entries' | 'missed' }>;

/** Milliseconds from the end of one sending to the begin of the next. */
const PAUSE = 5;

/** Milliseconds that `close` waits, at most. */
const CLOSING_LIMIT = 500;

/** Ids in one notification, at most. A payload of NOTIFY has at most 7,999 bytes, an id and the space before it 37. */
export const MAX_IDS = 200;

/**
 * Publishes that users have new entries: in this process at once, in others with one notification for many users. It is sent
 * at once where none was sent lately, else after a pause, and one at a time. One that cannot be sent is sent once more
 * and then dropped, because watchers also find new entries by themselves. No timer of this class keeps the process
 * alive, and none runs while idle.
 */
export class EntryHints {
  /** One more than `MAX_IDS` at most, which stands for any number. */
  private readonly pending = new Set<Id>();
  private sending: Promise<void> | undefined;

  constructor(
    private readonly publishHere: (hint: EntryHint) => unknown,
    /** Null where no other process can have the database open. */
    private readonly send: ((hint: EntryHint) => Promise<unknown>) | null,
  ) {}

  /** Call it after the entries are committed. Returns at once, and never throws. */
  publish(userIds: readonly Id[]): void {
    this.publishHere({ kind: 'entries', userIds });
    if (!this.send) return;
    for (const id of userIds) if (this.pending.size <= MAX_IDS) this.pending.add(id);
    this.sending ??= this.sendAll();
  }

  /** Sends what is pending. Resolves when it is sent, after half a second at the latest, and never rejects. */
  async close(): Promise<void> {
    const limit = new AbortController();
    const tooLate = sleep(CLOSING_LIMIT, undefined, { signal: limit.signal }).catch(() => undefined);
    await Promise.race([Promise.all([this.sendPending(), this.sending]), tooLate]);
    limit.abort();
  }

  private async sendAll(): Promise<void> {
    while (this.pending.size > 0) {
      await this.sendPending();
      await sleep(PAUSE, undefined, { ref: false });
    }
    this.sending = undefined;
  }

  private async sendPending(): Promise<void> {
    const { send } = this;
    if (!send || this.pending.size === 0) return;
    const userIds = [...this.pending];
    this.pending.clear();
    const hint: EntryHint = userIds.length > MAX_IDS ? { kind: 'missed' } : { kind: 'entries', userIds };
    try {
      await send(hint).catch(() => send(hint));
    } catch {
      // Dropped.
    }
  }
}
