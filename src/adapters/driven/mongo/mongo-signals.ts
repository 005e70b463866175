import { Broadcast } from '../../../application/live/broadcast.js';
import { pollingSignals } from '../../../application/live/polling-signals.js';
import type { Signal, Signals } from '../../../application/ports/driven/signals.js';
import type { Changes } from './change-stream.js';
import { watchChanges } from './watch-changes.js';

/**
 * Change streams where the server has them, else polling. Which of the two shows when the first stream is opened, and
 * holds from then on. There is a stream only while somebody in this process listens.
 */
export class MongoSignals implements Signals {
  private readonly broadcast = new Broadcast();
  private readonly polling = pollingSignals();
  private polls = false;
  private stop: (() => void) | undefined;

  constructor(private readonly openChanges: () => Changes) {}

  subscribe(listener: (signal: Signal) => void | Promise<void>): () => void {
    const unsubscribe = this.broadcast.subscribe(listener);
    this.stop ??= this.polls ? this.poll() : this.watch();
    return () => {
      unsubscribe();
      if (!this.broadcast.isHeard) this.close();
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
    const tell = (signal: Signal): void => void this.broadcast.publish(signal);
    void watchChanges(this.openChanges, tell, stopped.signal).then(hasChanges => {
      this.polls ||= !hasChanges;
      if (!stopped.signal.aborted) this.stop = this.poll();
    });
    return () => stopped.abort();
  }
}
