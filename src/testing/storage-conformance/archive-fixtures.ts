import assert from 'node:assert/strict';
import type { CopyableConnector, Storage, StorageConnector } from '../../application/ports/driven/storage.js';
import type {
  ArchiveCollection,
  ArchiveRows,
  StorageArchive,
  StorageImport,
} from '../../application/ports/driven/storage-archive.js';
import { ARCHIVE_COLLECTIONS } from '../../application/ports/driven/storage-archive.js';
import { UnfinishedCopy } from '../../application/ports/driven/storage-errors.js';
import { parseCardDescription } from '../../domain/card.js';
import type { Id } from '../../domain/id.js';
import { addSeconds } from '../../domain/timestamp.js';
import type { User } from '../../domain/user.js';
import { parsePersonName, parseUsername, publicUser } from '../../domain/user.js';
import { at, NOW, newCard, newClaim, newDigest, newId, newSession, newUser, times } from './fixtures.js';

/** All rows of a small store. */
export type Rows = { readonly [Collection in ArchiveCollection]: readonly ArchiveRows[Collection][] };

const ODD_NAME = parsePersonName('Zoë "O\'Neil" \\ {"$gt":""} 👩🏽‍🚀 \u0065\u0301 می‌خواهم');

/** Rows of `people` users, two at least. They differ in everything, and some have no rows of a collection. */
export function sampleRows(people: number): Rows {
  const users = times(people).map(index => ({
    ...newUser(index % 3 === 0 ? { name: ODD_NAME } : {}),
    createdAt: addSeconds(NOW, index / 1000),
  }));
  return {
    users: users.map((user, index) => ({
      user: varyUsername(user, index),
      passwordHash: `$argon2id$\\x00{,"'}$${user.id}`,
    })),
    cards: users.flatMap((user, index) =>
      times(index % 3).map(card => ({
        ...newCard(user, `${'牌'.repeat(card + 1)} "\\N`),
        description: parseCardDescription(card === 0 ? '' : 'x\u{1f0cf}{NULL}\t\r\n\u202e'.repeat(50)),
      })),
    ),
    tradeEntries: users.flatMap((user, index) =>
      times(index % 4).map(entry => ({ userId: user.id, entry: entryOf(entry + 1, at(users, index + 1)) })),
    ),
    idempotencyRecords: users.flatMap(({ id }, index) => times(index % 3).map(record => recordOf(id, record))),
    sessions: users.flatMap((user, index) =>
      times((index + 1) % 3).map(session => ({
        session: newSession(user, {
          userAgent: session === 0 ? null : `Ψ/${index}`,
          lastUsedAt: addSeconds(NOW, 0.001),
        }),
        digest: newDigest(),
      })),
    ),
  };
}

const varyUsername = (user: User, index: number): User =>
  index % 2 === 0 ? user : { ...user, username: parseUsername(user.username.toUpperCase()) };

const entryOf = (number: number, counterparty: User): ArchiveRows['tradeEntries']['entry'] => ({
  number,
  direction: number % 2 === 0 ? 'sent' : 'received',
  tradeId: newId(),
  cardId: newId(),
  cardName: newCard(counterparty, `Card "${number}"`).name,
  counterparty: publicUser(counterparty),
  createdAt: addSeconds(NOW, number / 1000),
});

const recordOf = (userId: Id, index: number): ArchiveRows['idempotencyRecords'] => ({
  userId,
  claim: newClaim('["cards.add",{"name":"a \\"b\\" 👩🏽‍🚀"}]'),
  answer: index === 0 ? { b: [1.5, null, true, { a: '\ud83c\udccf\\"' }], a: '' } : [{ number: 2 ** 53 - 1 }, 'é'],
});

/** Reads a whole collection in pages. The last page is the first that is not full. */
export async function readAll<Collection extends ArchiveCollection>(
  archive: StorageArchive,
  collection: Collection,
  pageSize: number,
): Promise<ArchiveRows[Collection][]> {
  const rows: ArchiveRows[Collection][] = [];
  for (;;) {
    const page = await archive.read(collection, rows.at(-1) ?? null, pageSize);
    rows.push(...page);
    if (page.length < pageSize) return rows;
  }
}

/** Reads a whole archive, in an order that is the same for every store. */
export async function readContents(archive: StorageArchive, pageSize = 1000): Promise<Rows> {
  const sorted = async <Collection extends ArchiveCollection>(collection: Collection) =>
    sortRows(collection, await readAll(archive, collection, pageSize));
  return {
    users: await sorted('users'),
    cards: await sorted('cards'),
    tradeEntries: await sorted('tradeEntries'),
    idempotencyRecords: await sorted('idempotencyRecords'),
    sessions: await sorted('sessions'),
  };
}

const KEYS: { readonly [Collection in ArchiveCollection]: (row: ArchiveRows[Collection]) => string } = {
  users: ({ user }) => user.id,
  cards: ({ id }) => id,
  tradeEntries: ({ userId, entry }) => `${userId} ${String(entry.number).padStart(16, '0')}`,
  idempotencyRecords: ({ userId, claim }) => `${userId} ${claim.key}`,
  sessions: ({ digest }) => digest,
};

export function sortRows<Collection extends ArchiveCollection>(
  collection: Collection,
  rows: readonly ArchiveRows[Collection][],
): ArchiveRows[Collection][] {
  const keyOf = KEYS[collection];
  return rows.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

export const sortAll = (rows: Rows): Rows => ({
  users: sortRows('users', rows.users),
  cards: sortRows('cards', rows.cards),
  tradeEntries: sortRows('tradeEntries', rows.tradeEntries),
  idempotencyRecords: sortRows('idempotencyRecords', rows.idempotencyRecords),
  sessions: sortRows('sessions', rows.sessions),
});

export async function writeAll(target: StorageImport, rows: Rows, batch = 5): Promise<void> {
  const write = async <Collection extends ArchiveCollection>(collection: Collection) => {
    const all: readonly ArchiveRows[Collection][] = rows[collection];
    for (let start = 0; start < all.length; start += batch) {
      await target.write(collection, all.slice(start, start + batch));
    }
  };
  for (const collection of ARCHIVE_COLLECTIONS) await write(collection);
}

/** Imports the rows in small batches. */
export async function fill({ copying }: CopyableConnector, rows: Rows, batch = 5): Promise<void> {
  const target = await copying.beginImport();
  await writeAll(target, rows, batch);
  await target.finish();
  await target.close();
}

export async function withStorage(store: StorageConnector, use: (storage: Storage) => Promise<void>): Promise<void> {
  const storage = await store.open();
  try {
    await use(storage);
  } finally {
    await storage.close();
  }
}

/** All rows of a store, sorted. */
export async function readStore({ copying }: CopyableConnector): Promise<Rows> {
  const archive = await copying.openArchive();
  try {
    return await readContents(archive);
  } finally {
    await archive.close();
  }
}

export const assertUnfinished = async (store: CopyableConnector): Promise<void> => {
  await assert.rejects(store.open(), UnfinishedCopy);
  await assert.rejects(store.copying.openArchive(), UnfinishedCopy);
  assert.equal((await store.inspect()).ok, false);
};
