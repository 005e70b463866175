import type { Id } from '../../../domain/id.js';

/**
 * A hint that somebody should read again. Signals carry no data and may be lost: what happened is in the trade log and
 * in the sessions.
 */
export type Signal =
  /** These users have new entries in their logs. */
  | { readonly kind: 'entries'; readonly userIds: readonly Id[] }
  /** These sessions ended early: by logout, by revocation or because a login replaced them. */
  | { readonly kind: 'sessions_ended'; readonly sessionIds: readonly Id[] }
  /** Signals may have been lost, or the store has none: anything may have happened. */
  | { readonly kind: 'missed' };

export interface Signals {
  /**
   * Calls the listener with every signal of every process that uses the store. Returns a function that ends the
   * subscription. `missed` is published whenever there may be a gap, also for the time between `subscribe` and the first
   * connection. A listener may return a promise that resolves when it is done; polling waits for it.
   */
  subscribe(listener: (signal: Signal) => void | Promise<void>): () => void;
}
