import type { Signal, Signals } from '../ports/driven/signals.js';

/** Signals within this process: what is published reaches every listener, soon but never within the call. */
export class Broadcast implements Signals {
  private readonly listeners = new Set<(signal: Signal) => void>();

  get isHeard(): boolean {
    return this.listeners.size > 0;
  }

  subscribe(listener: (signal: Signal) => void): () => void {
    // A function of its own, so that one listener subscribed twice is two subscriptions.
    const entry = (signal: Signal): void => listener(signal);
    this.listeners.add(entry);
    return () => void this.listeners.delete(entry);
  }

  /** Later, because a store publishes in the middle of a write, and a listener may well ask the store. */
  publish(signal: Signal): void {
    for (const listener of this.listeners) {
      queueMicrotask(() => {
        if (this.listeners.has(listener)) listener(signal);
      });
    }
  }
}
