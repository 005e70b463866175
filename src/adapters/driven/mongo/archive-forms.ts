import type { Sort } from 'mongodb';
import type { ArchiveCollection, ArchiveRows } from '../../../application/ports/driven/storage-archive.js';
import type { CollectionName, Collections } from './collections.js';
import type { Filter } from './filter.js';
import { above, below, equals, where } from './filter.js';
import { documentOf as cardDocument, cardOf } from './mongo-card-repository.js';
import { claimOf, recordOf } from './mongo-idempotency-records.js';
import { documentOf as sessionDocument, sessionOf } from './mongo-session-repository.js';
import { entryOf } from './mongo-trade-log.js';
import { accountOf, documentOf as userDocument } from './mongo-user-repository.js';
import { documentOf as entryDocument } from './record-trade-transaction.js';
import { bytes, hexOf, idOf, uuid } from './types.js';

/** The collection of the database for each collection of an archive. */
export const NAMES = {
  users: 'users',
  cards: 'cards',
  tradeEntries: 'trade_entries',
  idempotencyRecords: 'idempotency_records',
  sessions: 'sessions',
} as const satisfies Record<ArchiveCollection, CollectionName>;

type NameOf<Collection extends ArchiveCollection> = (typeof NAMES)[Collection];
type Row<Collection extends ArchiveCollection> = ArchiveRows[Collection];

/** How the rows of an archive's collection are stored and read. */
interface Form<Collection extends ArchiveCollection> {
  documentOf(row: Row<Collection>): Collections[NameOf<Collection>];
  rowOf(document: Collections[NameOf<Collection>]): Row<Collection>;
  /** The order of an index. */
  readonly sort: Sort;
  /**
   * The documents after a row, or all of them: consecutive ranges of that index. Of an index on two fields, "after this
   * row" is the rest of the row's user and then all later users. As one filter that would be an `$or`, for which a
   * server need not use the index.
   */
  ranges(after: Row<Collection> | null): readonly Filter<NameOf<Collection>>[];
}

export const FORMS: { readonly [Collection in ArchiveCollection]: Form<Collection> } = {
  users: {
    documentOf: userDocument,
    rowOf: accountOf,
    sort: { _id: 1 },
    ranges: after => [where('users', { _id: after && above(uuid(after.user.id)) })],
  },
  cards: {
    documentOf: cardDocument,
    rowOf: cardOf,
    sort: { _id: 1 },
    ranges: after => [where('cards', { _id: after && above(uuid(after.id)) })],
  },
  tradeEntries: {
    documentOf: ({ userId, entry }) => entryDocument(uuid(userId), entry),
    rowOf: document => ({ userId: idOf(document.userId), entry: entryOf(document) }),
    sort: { userId: 1, number: -1 },
    ranges: after => {
      if (!after) return [where('trade_entries', {})];
      const user = uuid(after.userId);
      return [
        where('trade_entries', { userId: equals(user), number: below(after.entry.number) }),
        where('trade_entries', { userId: above(user) }),
      ];
    },
  },
  idempotencyRecords: {
    documentOf: ({ userId, claim, answer }) => recordOf(userId, claim, answer),
    rowOf: document => ({
      userId: idOf(document.userId),
      claim: claimOf(document),
      answer: JSON.parse(document.answer) as unknown,
    }),
    sort: { userId: 1, key: 1 },
    ranges: after => {
      if (!after) return [where('idempotency_records', {})];
      const user = uuid(after.userId);
      return [
        where('idempotency_records', { userId: equals(user), key: above(after.claim.key) }),
        where('idempotency_records', { userId: above(user) }),
      ];
    },
  },
  sessions: {
    documentOf: ({ session, digest }) => sessionDocument(session, digest),
    rowOf: document => ({ session: sessionOf(document), digest: hexOf(document.digest) }),
    sort: { digest: 1 },
    ranges: after => [where('sessions', { digest: after && above(bytes(after.digest)) })],
  },
};
