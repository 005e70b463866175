import assert from 'node:assert/strict';
import { UnfinishedCopy } from '../../application/copy/refusals.js';
import type { Storage, StorageConnector } from '../../application/ports/driven/storage.js';
import type { ArchiveCollection, ArchiveRows, StorageImport } from '../../application/ports/driven/storage-archive.js';
import { ARCHIVE_COLLECTIONS } from '../../application/ports/driven/storage-archive.js';
import type { Rows } from './archive-rows.js';
import { contents } from './archive-rows.js';

export async function writeAll(target: StorageImport, rows: Rows, batch = 5): Promise<void> {
  const write = async <Collection extends ArchiveCollection>(collection: Collection) => {
    const all: readonly ArchiveRows[Collection][] = rows[collection];
    for (let start = 0; start < all.length; start += batch) {
      await target.write(collection, all.slice(start, start + batch));
    }
  };
  for (const collection of ARCHIVE_COLLECTIONS) await write(collection);
}

/** A whole import, in small batches. */
export async function fill(store: StorageConnector, rows: Rows, batch = 5): Promise<void> {
  const target = await store.beginImport();
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

export async function held(store: StorageConnector): Promise<Rows> {
  const archive = await store.openArchive();
  try {
    return await contents(archive);
  } finally {
    await archive.close();
  }
}

export const refusedAsUnfinished = async (store: StorageConnector): Promise<void> => {
  await assert.rejects(store.open(), UnfinishedCopy);
  await assert.rejects(store.openArchive(), UnfinishedCopy);
  assert.equal((await store.inspect()).ok, false);
};
