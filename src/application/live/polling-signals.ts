import type { Signal, Signals } from '../ports/driven/signals.js';
import { Broadcast } from './broadcast.js';

/** Milliseconds. Half of the second within which the sockets of an ended session have to be closed. */
const INTERVAL = 500;

/**
 * Signals for a store that cannot push any: every so often, while anybody listens, it says that there may have been
 * some. Whoever listens then looks with two batch queries, whatever the number of users and sessions watched
 * (`TradeLog.latest`, `SessionRepository.findLive`), which together with the interval is the delay there is.
 */
export function pollingSignals(interval = INTERVAL): Signals {
  const broadcast = new Broadcast();
  let timer: NodeJS.Timeout | undefined;
  return {
    subscribe: (listener: (signal: Signal) => void) => {
      const unsubscribe = broadcast.subscribe(listener);
      timer ??= setInterval(() => broadcast.publish({ kind: 'missed' }), interval).unref();
      return () => {
        unsubscribe();
        if (broadcast.isHeard) return;
        clearInterval(timer);
        timer = undefined;
      };
    },
  };
}
