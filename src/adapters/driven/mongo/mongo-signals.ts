import type { Signal, Signals } from '../../../application/ports/driven/signals.js';
import { Broadcast, pollingSignals } from '../../../application/storage-kit/index.js';
import type { Changes } from './change-stream.js';
import { watchChanges } from './change-stream.js';

/**
 * Signals from change streams, or from polling where the server has none. The first stream shows which, and the result
 * is kept. A stream is open only while anybody in this process is subscribed.
 */
export class MongoSignals implements Signals {
  private readonly broadcast = new Broadcast();
  private readonly polling = pollingSignals();
  private hasNoChangeStreams = false;
  private stop: (() => void) | undefined;

  constructor(private readonly openChanges: () => Changes) {}

  subscribe(listener: (signal: Signal) => void | Promise<void>): () => void {
    const unsubscribe = this.broadcast.subscribe(listener);
    this.stop ??= this.hasNoChangeStreams ? this.poll() : this.watch();
    return () => {
      unsubscribe();
      if (!this.broadcast.hasListeners) this.close();
    };
  }

  close(): void {
    this.stop?.();
    this.stop = undefined;
  }

  private poll(): () => void {
    return this.polling.subscribe(signal => this.broadcast.publish(signal));
  }

  private watch(): () => void {
    const stopped = new AbortController();
    const publish = (signal: Signal): void => void this.broadcast.publish(signal);
    void watchChanges(this.openChanges, publish, stopped.signal).then(hasChangeStreams => {
      this.hasNoChangeStreams ||= !hasChangeStreams;
      if (!stopped.signal.aborted) this.stop = this.poll();
    });
    return () => stopped.abort();
  }
}
