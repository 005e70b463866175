import type { Signal, Signals } from '../ports/driven/signals.js';

type Listener = (signal: Signal) => void | Promise<void>;

/** Signals within one process. Listeners are called after `publish` has returned, never within it. */
export class Broadcast implements Signals {
  private readonly listeners = new Set<Listener>();

  /** Whether there is a subscription. */
  get hasListeners(): boolean {
    return this.listeners.size > 0;
  }

  subscribe(listener: Listener): () => void {
    // A new function each time, so that subscribing one listener twice makes two subscriptions.
    const own: Listener = signal => listener(signal);
    this.listeners.add(own);
    return () => void this.listeners.delete(own);
  }

  /**
   * Resolves when every listener is done. A listener that throws does not affect the others. The calls are deferred
   * because stores publish in the middle of a write, and a listener may read from the store.
   */
  async publish(signal: Signal): Promise<void> {
    await Promise.allSettled([...this.listeners].map(listener => this.notify(listener, signal)));
  }

  private async notify(listener: Listener, signal: Signal): Promise<void> {
    await undefined;
    if (this.listeners.has(listener)) await listener(signal);
  }
}

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
