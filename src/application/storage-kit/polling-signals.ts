import type { Signals } from '../ports/driven/signals.js';
import { Broadcast } from './broadcast.js';

/** Milliseconds between two polls. It is most of the delay of a watch: 99 of 100 trades arrive within 200 ms. */
const SHORTEST_PAUSE = 100;
/** Milliseconds. The sockets of an ended session have to be closed within a second. */
const LONGEST_PAUSE = 500;
/** A pause lasts this many times as long as the poll before it, so that a slow store gets fewer polls. */
const PAUSE_PER_POLL = 4;

/**
 * Signals for a store that cannot push any: publishes `missed` at intervals while anybody is subscribed. Listeners then
 * read with two batch queries, however many users and sessions they watch (`TradeLog.latest`,
 * `SessionRepository.findLive`). The next pause begins when they are done.
 */
export function pollingSignals(shortestPause = SHORTEST_PAUSE): Signals {
  const broadcast = new Broadcast();
  let timer: NodeJS.Timeout | undefined;

  const pauseAfter = (took: number): void => {
    const pause = Math.min(Math.max(shortestPause, took * PAUSE_PER_POLL), LONGEST_PAUSE);
    timer = setTimeout(() => void poll(), pause).unref();
  };

  async function poll(): Promise<void> {
    const started = performance.now();
    const current = timer;
    await broadcast.publish({ kind: 'missed' });
    // Another timer means that everybody left during the poll and a new subscription has started polling again.
    if (timer === current) pauseAfter(performance.now() - started);
  }

  return {
    subscribe: listener => {
      const unsubscribe = broadcast.subscribe(listener);
      if (timer === undefined) pauseAfter(0);
      return () => {
        unsubscribe();
        if (broadcast.hasListeners) return;
        clearTimeout(timer);
        timer = undefined;
      };
    },
  };
}
