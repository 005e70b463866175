import type { ArchiveCollection } from '../ports/driven/storage-archive.js';

/** What the collections are called when people are told of them. */
export const COLLECTION_NAMES: Readonly<Record<ArchiveCollection, string>> = {
  users: 'users',
  cards: 'cards',
  tradeEntries: 'trade log entries',
  idempotencyRecords: 'idempotency records',
  sessions: 'sessions',
};

const named = (collections: readonly ArchiveCollection[]): string =>
  collections.map(collection => COLLECTION_NAMES[collection]).join(', ');

/** What is found, and what to do, where a store carries the mark of a copy. Adapters tell it in the same words. */
export const UNFINISHED_COPY =
  'A copy into this store has not finished, so it is incomplete. Wait for the copy, or run the same `tradepost copy` ' +
  'again: it starts over and empties the store by itself.';

/** The store carries the mark of a copy that is under way or was broken off: opening and reading it is refused. */
export class UnfinishedCopy extends Error {
  constructor() {
    super(UNFINISHED_COPY);
    this.name = 'UnfinishedCopy';
  }
}

/** A copy needs an empty store; this one has rows in these collections that are not a broken copy's. */
export class StoreNotEmpty extends Error {
  constructor(readonly collections: readonly ArchiveCollection[]) {
    super(
      `The store already holds ${named(collections)}, and a copy needs an empty one. Name another store, or empty this ` +
        'one yourself if nothing in it is needed.',
    );
    this.name = 'StoreNotEmpty';
  }
}

/** There is no store of Tradepost's at the place to copy from; nothing was made there. */
export class NothingToCopy extends Error {
  constructor(what: string) {
    super(`There is nothing to copy: ${what}. Check the address.`);
    this.name = 'NothingToCopy';
  }
}

/** Another copy into the same store began later and has taken it over; this one ends without a trace. */
export class CopyOvertaken extends Error {
  constructor() {
    super('Another copy into the same store has begun meanwhile and goes on; this one has ended.');
    this.name = 'CopyOvertaken';
  }
}

/** The source was written to between copying and checking. */
export class SourceChanged extends Error {
  constructor(readonly collection: ArchiveCollection) {
    super(
      `The source changed while it was copied (${COLLECTION_NAMES[collection]}). Stop the servers of the source and run ` +
        'the same command again. Until then the target cannot be opened.',
    );
    this.name = 'SourceChanged';
  }
}

/** What the target holds is not what was written to it. */
export class TargetDiffers extends Error {
  constructor(
    readonly collection: ArchiveCollection,
    { written, found }: { written: number; found: number },
  ) {
    const what = written === found ? `not the ${found} that were written` : `${found} rows instead of ${written}`;
    super(
      `The target does not hold what was copied (${COLLECTION_NAMES[collection]}: ${what}). Stop whatever else writes to ` +
        'it and run the same command again. Until then it cannot be opened.',
    );
    this.name = 'TargetDiffers';
  }
}
