import type { Id } from '../../../domain/id.js';

/**
 * Published by a store when its listeners should read again. A signal carries no data and may be lost: listeners read what
 * happened from the trade log and from the sessions. It may also be forged, where others can write to the channel that a
 * store uses, so no listener acts on a signal alone.
 */
export type Signal =
  /** These users have new entries in their logs. */
  | { readonly kind: 'entries'; readonly userIds: readonly Id[] }
  /**
   * These sessions ended before they expired: by logout, by revocation, or by a login that replaced them or exceeded the
   * cap. Published after `SessionRepository.findLive` has stopped to return them, because listeners confirm the signal
   * with it.
   */
  | { readonly kind: 'sessions_ended'; readonly sessionIds: readonly Id[] }
  /** Signals may have been lost, or this store has none: listeners have to read everything they wait for. */
  | { readonly kind: 'missed' };

/** Publishes and receives signals between the processes of a store. */
export interface Signals {
  /**
   * Calls the listener with every signal of every process that uses the store. The returned function ends the
   * subscription. `missed` is published whenever signals may have been lost, also between `subscribe` and the first
   * connection. If the listener returns a promise, signals that come from polling wait until it settles.
   */
  subscribe(listener: (signal: Signal) => void | Promise<void>): () => void;
}
