import assert from 'node:assert/strict';
import type { CopyableConnector, Storage, StorageConnector } from '../../application/ports/driven/storage.js';
import type { ArchiveCollection, ArchiveRows, StorageImport } from '../../application/ports/driven/storage-archive.js';
import { ARCHIVE_COLLECTIONS } from '../../application/ports/driven/storage-archive.js';
import { UnfinishedCopy } from '../../application/ports/driven/storage-errors.js';
import type { Rows } from './archive-rows.js';
import { readContents } from './archive-rows.js';

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
