import type { Signal, Signals } from '../ports/driven/signals.js';

type Listener = (signal: Signal) => void | Promise<void>;

/** Signals within this process: what is published reaches every listener, soon but never within the call. */
export class Broadcast implements Signals {
  private readonly listeners = new Set<Listener>();

  get isHeard(): boolean {
    return this.listeners.size > 0;
  }

  subscribe(listener: Listener): () => void {
    // A function of its own, so that one listener subscribed twice is two subscriptions.
    const entry: Listener = signal => listener(signal);
    this.listeners.add(entry);
    return () => void this.listeners.delete(entry);
  }

  /**
   * Answers when every listener has looked; one that throws keeps nobody else from it. Listeners are called later,
   * because a store publishes in the middle of a write, and a listener may well ask the store.
   */
  async publish(signal: Signal): Promise<void> {
    await Promise.allSettled([...this.listeners].map(listener => this.tell(listener, signal)));
  }

  private async tell(listener: Listener, signal: Signal): Promise<void> {
    await undefined;
    if (this.listeners.has(listener)) await listener(signal);
  }
}
