import type { LivenessBounds } from '../../domain/session.js';
import { isLive } from '../../domain/session.js';
import type { ArchiveCollection, ArchiveRows } from '../ports/driven/storage-archive.js';

export type Selection<Collection extends ArchiveCollection> = (row: ArchiveRows[Collection]) => boolean;

/** Which rows of each collection are worth copying: all of them, but for sessions that are over. */
const SELECTIONS: { readonly [Collection in ArchiveCollection]: (bounds: LivenessBounds) => Selection<Collection> } = {
  users: () => () => true,
  cards: () => () => true,
  tradeEntries: () => () => true,
  idempotencyRecords: () => () => true,
  sessions:
    bounds =>
    ({ session }) =>
      isLive(session, bounds),
};

export const selectionOf = <Collection extends ArchiveCollection>(
  collection: Collection,
  bounds: LivenessBounds,
): Selection<Collection> => SELECTIONS[collection](bounds);
