import type { Binary, ChangeStream, Db, Document } from 'mongodb';
import type { Signal } from '../../../application/ports/driven/signals.js';
import { collectionName } from './collections.js';
import { idOf } from './types.js';

/** As much of a change as is asked for: a new entry in a user's log, or the end of a session. */
export type Change =
  | { readonly operationType: 'insert'; readonly fullDocument: { readonly userId: Binary } }
  | { readonly operationType: 'delete'; readonly documentKey: { readonly _id: Binary } };

export type Changes = Pick<ChangeStream<Document, Change & Document>, 'tryNext' | 'next' | 'close' | 'once'>;

/** The server sends what it picked out here, and nothing else of the documents. `_id` is where a stream goes on from. */
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

/** Milliseconds the server waits for something to tell before it answers that there was nothing. */
const LONGEST_SILENCE = 1000;

export const changesOf = (db: Db): Changes =>
  db.watch<Document, Change & Document>([...PIPELINE], { maxAwaitTimeMS: LONGEST_SILENCE });

/** Sessions that were swept are told too; they ended before, and nobody waits for them any more. */
export const signalOf = (change: Change): Signal =>
  change.operationType === 'insert'
    ? { kind: 'entries', userIds: [idOf(change.fullDocument.userId)] }
    : { kind: 'sessions_ended', sessionIds: [idOf(change.documentKey._id)] };
