import type { Id } from '../../../domain/id.js';

/**
 * A hint that it is worth looking. Signals carry no data and none is promised to arrive: what happened is in the trade
 * log and in the sessions, and whoever waits for it reads it there.
 */
export type Signal =
  /** These users have new entries in their logs. */
  | { readonly kind: 'entries'; readonly userIds: readonly Id[] }
  /** These sessions ended before their time: logout, revocation, a login in their place. */
  | { readonly kind: 'sessions_ended'; readonly sessionIds: readonly Id[] }
  /** Signals may have been lost, or this store has none: look for yourself. */
  | { readonly kind: 'missed' };

export interface Signals {
  /**
   * Calls the listener with every signal of every process that uses the store, until the returned function is called.
   * `missed` comes whenever a gap is possible, the time between `subscribe` and the first connection included.
   * A listener that answers a promise says when it has looked; where signals come of a clock, the next waits for that.
   */
  subscribe(listener: (signal: Signal) => void | Promise<void>): () => void;
}
