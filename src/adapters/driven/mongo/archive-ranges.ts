import type { Sort } from 'mongodb';
import type { ArchiveCollection, ArchiveRows } from '../../../application/ports/driven/storage-archive.js';
import type { NAMES } from './copying.js';
import type { Filter } from './filter.js';
import { above, below, equals, where } from './filter.js';
import { bytes, uuid } from './types.js';

/** The order of an index, and what of it is behind a row: one range after the other, each of that index alone. */
interface Order<Collection extends ArchiveCollection> {
  readonly sort: Sort;
  ranges(after: ArchiveRows[Collection] | null): readonly Filter<(typeof NAMES)[Collection]>[];
}

// Of an index of two fields, "behind this row" is the rest of the row's user and then all later users. As one filter it
// would be an $or, for which no server has to use one range.
export const ORDERS: { readonly [Collection in ArchiveCollection]: Order<Collection> } = {
  users: {
    sort: { _id: 1 },
    ranges: after => [where('users', { _id: after && above(uuid(after.user.id)) })],
  },
  cards: {
    sort: { _id: 1 },
    ranges: after => [where('cards', { _id: after && above(uuid(after.id)) })],
  },
  tradeEntries: {
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
    sort: { digest: 1 },
    ranges: after => [where('sessions', { digest: after && above(bytes(after.digest)) })],
  },
};
