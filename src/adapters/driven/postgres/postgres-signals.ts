import { Broadcast } from '../../../application/live/broadcast.js';
import type { Signal, Signals } from '../../../application/ports/driven/signals.js';
import type { Listen } from './listen.js';
import { signalOf } from './notifications.js';
import type { Schema } from './schema.js';

/** NOTIFY of the statements that record trades and end sessions; listens only while somebody in this process does. */
export class PostgresSignals implements Signals {
  private readonly broadcast = new Broadcast();
  private stopListening: (() => void) | undefined;

  constructor(
    private readonly listen: Listen,
    private readonly schema: Schema,
  ) {}

  subscribe(listener: (signal: Signal) => void): () => void {
    const unsubscribe = this.broadcast.subscribe(listener);
    this.stopListening ??= this.listen(this.schema.channel, {
      onPayload: payload => this.broadcast.publish(signalOf(payload)),
      onGap: () => this.broadcast.publish({ kind: 'missed' }),
    });
    return () => {
      unsubscribe();
      if (!this.broadcast.isHeard) this.close();
    };
  }

  close(): void {
    this.stopListening?.();
    this.stopListening = undefined;
  }
}
