import type { Signals } from '../ports/driven/signals.js';
import { Broadcast } from './broadcast.js';

/** Milliseconds between two looks, which is most of the delay a watcher sees: 99 of 100 trades come within 200 ms. */
const SHORTEST_PAUSE = 100;
/** Never longer than this, so that the sockets of an ended session are closed within a second. */
const LONGEST_PAUSE = 500;
/** Pauses are so many times as long as the look before took: a store that is slow to answer is not kept busy by this. */
const PAUSE_PER_LOOK = 4;

/**
 * Signals for a store that cannot push any: every so often, while anybody listens, it says that there may have been
 * some. Whoever listens then looks with two batch queries, whatever the number of users and sessions watched
 * (`TradeLog.latest`, `SessionRepository.findLive`), and the next pause begins when they have.
 */
export function pollingSignals(shortestPause = SHORTEST_PAUSE): Signals {
  const broadcast = new Broadcast();
  let timer: NodeJS.Timeout | undefined;

  const pauseAfter = (took: number): void => {
    const pause = Math.min(Math.max(shortestPause, took * PAUSE_PER_LOOK), LONGEST_PAUSE);
    timer = setTimeout(() => void poll(), pause).unref();
  };

  async function poll(): Promise<void> {
    const started = performance.now();
    const current = timer;
    await broadcast.publish({ kind: 'missed' });
    // Unless everybody left meanwhile: whoever came since has begun anew.
    if (timer === current) pauseAfter(performance.now() - started);
  }

  return {
    subscribe: listener => {
      const unsubscribe = broadcast.subscribe(listener);
      if (timer === undefined) pauseAfter(0);
      return () => {
        unsubscribe();
        if (broadcast.isHeard) return;
        clearTimeout(timer);
        timer = undefined;
      };
    },
  };
}
