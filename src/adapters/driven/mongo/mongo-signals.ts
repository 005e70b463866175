import { setTimeout as sleep } from 'node:timers/promises';
import type { Binary, ChangeStream, Db, Document } from 'mongodb';
import type { Signal, Signals } from '../../../application/ports/driven/signals.js';
import { Broadcast, pollingSignals } from '../../../application/storage-kit/index.js';
import { StorageUnavailable } from '../../../domain/errors.js';
import { collectionName } from './collections.js';
import { translateError } from './failures.js';
import { idOf } from './types.js';

/**
 * Signals from change streams, or from polling where the server has none. The first stream shows which, and the result
 * is kept. A stream is open only while anybody in this process is subscribed.
 */
export class MongoSignals implements Signals {
  private readonly broadcast = new Broadcast();
  private readonly polling = pollingSignals();
  private hasNoChangeStreams = false;
  private stop: (() => void) | undefined;

  /** `onReplacement` subscribes to replacements of the client that `openChanges` uses. */
  constructor(
    private readonly openChanges: () => Changes,
    onReplacement: (listener: () => void) => void = () => undefined,
  ) {
    onReplacement(() => this.reopen());
  }

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

  /** A stream on a replaced client may never end by itself. Polling needs nothing: it reads through the new client. */
  private reopen(): void {
    if (!this.stop || this.hasNoChangeStreams) return;
    this.stop();
    this.stop = this.watch();
  }

  private poll(): () => void {
    return this.polling.subscribe(signal => this.broadcast.publish(signal));
  }

  private watch(): () => void {
    const stopped = new AbortController();
    const publish = (signal: Signal): void => void this.broadcast.publish(signal);
    void publishChanges(this.openChanges, publish, stopped.signal).then(hasChangeStreams => {
      this.hasNoChangeStreams ||= !hasChangeStreams;
      if (!stopped.signal.aborted) this.stop = this.poll();
    });
    return () => stopped.abort();
  }
}

/** The part of a change that `PIPELINE` selects: of a new entry in a user's log, or of the end of a session. */
type Change =
  | { readonly operationType: 'insert'; readonly fullDocument: { readonly userId: Binary } }
  | { readonly operationType: 'delete'; readonly documentKey: { readonly _id: Binary } };

export type Changes = Pick<ChangeStream<Document, Change & Document>, 'tryNext' | 'next' | 'close' | 'once'>;

/** The server sends only these fields. It adds `_id`, from which a stream resumes. */
const PIPELINE: readonly Document[] = [
  {
    $match: {
      $or: [
        { operationType: 'insert', 'ns.coll': collectionName('trade_entries') },
        { operationType: 'delete', 'ns.coll': collectionName('sessions') },
      ],
    },
  },
  { $project: { operationType: 1, 'fullDocument.userId': 1, 'documentKey._id': 1 } },
];

/** Milliseconds the server waits for changes before it answers that there were none. */
const MAX_AWAIT_TIME = 1000;

export const openChanges = (db: Db): Changes =>
  db.watch<Document, Change & Document>([...PIPELINE], { maxAwaitTimeMS: MAX_AWAIT_TIME });

/** Swept sessions are signalled too. This does no harm: they expired before, which ended their watches. */
const signalOf = (change: Change): Signal =>
  change.operationType === 'insert'
    ? { kind: 'entries', userIds: [idOf(change.fullDocument.userId)] }
    : { kind: 'sessions_ended', sessionIds: [idOf(change.documentKey._id)] };

/** Milliseconds. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 5_000;

/**
 * Publishes signals from one change stream after another until `stopped` is aborted. The driver resumes a stream that
 * breaks for as long as the server can; after that a new stream is opened and `missed` is published.
 *
 * @returns whether the server has change streams. False is returned at once, because it is permanent.
 */
export async function publishChanges(
  open: () => Changes,
  publish: (signal: Signal) => void,
  stopped: AbortSignal,
): Promise<boolean> {
  for (let failures = 0; !stopped.aborted; failures += 1) {
    let wasOpen = false;
    try {
      await follow(open(), stopped, signal => {
        wasOpen = true;
        failures = 0;
        publish(signal);
      });
    } catch (error) {
      // A stream that was open proves that the server has change streams.
      const isRefused = !wasOpen && !(translateError(error) instanceof StorageUnavailable);
      if (isRefused && !stopped.aborted) return false;
    }
    // Random, so that many processes do not reconnect at the same moment.
    const pause = Math.min(FIRST_PAUSE * 2 ** failures, LONGEST_PAUSE) * (0.5 + Math.random());
    await sleep(pause, undefined, { signal: stopped, ref: false }).catch(() => undefined);
  }
  return true;
}

async function follow(changes: Changes, stopped: AbortSignal, publish: (signal: Signal) => void): Promise<void> {
  const close = (): void => void changes.close().catch(() => undefined);
  stopped.addEventListener('abort', close);
  // The first resume token arrives when the stream is open, before any change.
  changes.once('resumeTokenChanged', () => publish({ kind: 'missed' }));
  try {
    for (let change = await changes.tryNext(); !stopped.aborted; change = await changes.next()) {
      if (change) publish(signalOf(change));
    }
  } finally {
    stopped.removeEventListener('abort', close);
    close();
  }
}
