import type { Signal, Signals } from '../ports/driven/signals.js';

type Listener = (signal: Signal) => void | Promise<void>;

/** Signals within one process. Listeners are called after `publish` has returned, never within it. */
export class Broadcast implements Signals {
  private readonly listeners = new Set<Listener>();

  get hasListeners(): boolean {
    return this.listeners.size > 0;
  }

  subscribe(listener: Listener): () => void {
    // A new function each time, so that subscribing one listener twice makes two subscriptions.
    const entry: Listener = signal => listener(signal);
    this.listeners.add(entry);
    return () => void this.listeners.delete(entry);
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
