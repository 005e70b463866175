import { randomBytes } from 'node:crypto';
import type { Signal, Signals } from '../../../application/ports/driven/signals.js';
import { Broadcast } from '../../../application/storage-kit/index.js';
import type { Id } from '../../../domain/id.js';
import type { Listen } from './connections.js';
import type { Database } from './database.js';
import type { EntryHint } from './entry-hints.js';
import { EntryHints } from './entry-hints.js';
import type { SignalChannel } from './redis-channel.js';
import type { Schema } from './schema.js';
import { writeStatement } from './statement.js';

// A payload of NOTIFY is a word and ids, separated by spaces:
//
//   ended <session>           one session only, because a payload is limited to 7,999 bytes and a user's number of
//                             sessions is not
//   entries @<origin> <user>… the origin is random and names the store, as one process has it open, that sent it
//   ended @<origin> <session>… not by NOTIFY
//   missed @<origin>          entries of more users than one payload can name
//
// Processes of the version before have no origins. They send `entries` without one, take an origin for the id of a user
// without watches, and understand every unknown word as `missed`.

/** SQL that publishes the end of a session. `id` is an expression for its id. */
export const notifyEnded = (channel: string, id: string): string => `pg_notify('${channel}', 'ended ' || ${id})`;

const formatHint = (hint: EntryHint, origin: string): string =>
  [hint.kind, origin, ...(hint.kind === 'entries' ? hint.userIds : [])].join(' ');

/** A payload of another version cannot be read, but still shows that something happened. */
function signalOf(payload: string): Signal {
  const [word, ...rest] = payload.split(' ') as [string, ...Id[]];
  const ids = rest.filter(id => !id.startsWith('@'));
  if (word === 'entries' && ids.length > 0) return { kind: 'entries', userIds: ids };
  if (word === 'ended' && ids.length > 0) return { kind: 'sessions_ended', sessionIds: ids };
  return { kind: 'missed' };
}

export interface SignalsConnection {
  readonly database: Database;
  readonly listen: Listen;
  /** Whether other processes can have the database open. */
  readonly isShared: boolean;
  /** Publishes payloads instead of NOTIFY. */
  readonly channel?: SignalChannel;
}

/**
 * Signals from NOTIFY, or from another channel. The end of a session is sent by the statement that ends it, so it is not lost. New entries are
 * published after the trade has committed: PostgreSQL gives a transaction that notifies a lock of the whole server until
 * its commit is on disk. Another channel gets both after the commit. Listens only while anybody in this process is subscribed.
 */
export class PostgresSignals implements Signals {
  /** Used by the trade log. */
  readonly entries: EntryHints;
  private readonly broadcast = new Broadcast();
  /** Whether the statement that ends sessions publishes that. Otherwise call `publishEnded`. */
  readonly notifiesOfEnds: boolean;
  /** For sessions whose end no statement publishes: in this process, and over another channel if there is one. */
  readonly publishEnded = (sessionIds: readonly Id[]): void => {
    if (sessionIds.length === 0) return;
    void this.broadcast.publish({ kind: 'sessions_ended', sessionIds });
    this.sendEnded(sessionIds);
  };
  private readonly sendEnded: (sessionIds: readonly Id[]) => void;
  private readonly origin = `@${randomBytes(9).toString('base64url')}`;
  private readonly listen: Listen;
  private stopListening: (() => void) | undefined;

  constructor(
    { database, listen, isShared, channel }: SignalsConnection,
    private readonly schema: Schema,
  ) {
    this.listen = channel?.listen ?? listen;
    this.notifiesOfEnds = channel === undefined;
    const notify = writeStatement(schema.statementName('notify'), 'SELECT pg_notify($1, $2)', () => undefined);
    const notifyAll = (name: string, payload: string): Promise<unknown> => database.query(notify, [name, payload]);
    const sendPayload = channel ? channel.send : notifyAll;
    const send = sendPayload && ((hint: EntryHint) => sendPayload(schema.channel, formatHint(hint, this.origin)));
    this.entries = new EntryHints(hint => this.broadcast.publish(hint), isShared ? send : null);
    this.sendEnded = sessionIds => {
      // A signal that is lost costs other processes two seconds.
      const payload = `ended ${this.origin} ${sessionIds.join(' ')}`;
      channel?.send?.(schema.channel, payload).catch(() => undefined);
    };
  }

  subscribe(listener: (signal: Signal) => void | Promise<void>): () => void {
    const unsubscribe = this.broadcast.subscribe(listener);
    this.stopListening ??= this.listen(this.schema.channel, {
      onPayload: payload => {
        if (!this.isOwn(payload)) void this.broadcast.publish(signalOf(payload));
      },
      onGap: () => this.broadcast.publish({ kind: 'missed' }),
    });
    return () => {
      unsubscribe();
      if (!this.broadcast.hasListeners) this.stop();
    };
  }

  /** Stops listening, and sends what is pending for half a second at most. Never rejects. */
  async close(): Promise<void> {
    this.stop();
    await this.entries.close();
  }

  private stop(): void {
    this.stopListening?.();
    this.stopListening = undefined;
  }

  private isOwn(payload: string): boolean {
    return payload.split(' ', 2)[1] === this.origin;
  }
}
