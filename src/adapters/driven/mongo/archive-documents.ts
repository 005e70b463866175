import type { ArchiveCollection, ArchiveRows } from '../../../application/ports/driven/storage-archive.js';
import type { Collections } from './collections.js';
import type { NAMES } from './copying.js';
import { documentOf as cardDocument, cardOf } from './mongo-card-repository.js';
import { claimOf, recordOf } from './mongo-idempotency-records.js';
import { documentOf as sessionDocument, sessionOf } from './mongo-session-repository.js';
import { entryOf } from './mongo-trade-log.js';
import { accountOf, documentOf as userDocument } from './mongo-user-repository.js';
import { documentOf as entryDocument } from './record-trade-transaction.js';
import { hexOf, idOf, uuid } from './types.js';

type Stored<Collection extends ArchiveCollection> = Collections[(typeof NAMES)[Collection]];

/** A row as the document that holds it, and back. */
interface Form<Collection extends ArchiveCollection> {
  documentOf(row: ArchiveRows[Collection]): Stored<Collection>;
  rowOf(document: Stored<Collection>): ArchiveRows[Collection];
}

export const FORMS: { readonly [Collection in ArchiveCollection]: Form<Collection> } = {
  users: { documentOf: userDocument, rowOf: accountOf },
  cards: { documentOf: cardDocument, rowOf: cardOf },
  tradeEntries: {
    documentOf: ({ userId, entry }) => entryDocument(uuid(userId), entry),
    rowOf: document => ({ userId: idOf(document.userId), entry: entryOf(document) }),
  },
  idempotencyRecords: {
    documentOf: ({ userId, claim, answer }) => recordOf(userId, claim, answer),
    rowOf: document => ({
      userId: idOf(document.userId),
      claim: claimOf(document),
      answer: JSON.parse(document.answer) as unknown,
    }),
  },
  sessions: {
    documentOf: ({ session, digest }) => sessionDocument(session, digest),
    rowOf: document => ({ session: sessionOf(document), digest: hexOf(document.digest) }),
  },
};
