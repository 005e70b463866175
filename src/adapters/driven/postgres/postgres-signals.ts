import type { Signal, Signals } from '../../../application/ports/driven/signals.js';
import { Broadcast } from '../../../application/storage-kit/index.js';
import type { Id } from '../../../domain/id.js';
import type { Listen } from './connections.js';
import type { Schema } from './schema.js';

// A notification is a word and ids, separated by spaces. Each has one session only, because a payload is limited to
// 7,999 bytes and a user's number of sessions is not.

/** SQL that publishes new entries in the logs of users. `ids` is an expression for their ids, separated by spaces. */
export const notifyEntries = (channel: string, ids: string): string => `pg_notify('${channel}', 'entries ' || ${ids})`;

/** SQL that publishes the end of a session. `id` is an expression for its id. */
export const notifyEnded = (channel: string, id: string): string => `pg_notify('${channel}', 'ended ' || ${id})`;

/** A payload of another version cannot be read, but still shows that something happened. */
function signalOf(payload: string): Signal {
  const [word, ...ids] = payload.split(' ') as [string, ...Id[]];
  if (word === 'entries' && ids.length > 0) return { kind: 'entries', userIds: ids };
  if (word === 'ended' && ids.length > 0) return { kind: 'sessions_ended', sessionIds: ids };
  return { kind: 'missed' };
}

/** Signals from NOTIFY, sent by the statements themselves. Listens only while anybody in this process is subscribed. */
export class PostgresSignals implements Signals {
  private readonly broadcast = new Broadcast();
  private stopListening: (() => void) | undefined;

  constructor(
    private readonly listen: Listen,
    private readonly schema: Schema,
  ) {}

  subscribe(listener: (signal: Signal) => void | Promise<void>): () => void {
    const unsubscribe = this.broadcast.subscribe(listener);
    this.stopListening ??= this.listen(this.schema.channel, {
      onPayload: payload => this.broadcast.publish(signalOf(payload)),
      onGap: () => this.broadcast.publish({ kind: 'missed' }),
    });
    return () => {
      unsubscribe();
      if (!this.broadcast.hasListeners) this.close();
    };
  }

  close(): void {
    this.stopListening?.();
    this.stopListening = undefined;
  }
}
