import { ARCHIVE_COLLECTIONS, addSeconds, type StorageConnector, timestamp } from '../../src/index.js';
import { storageChoice } from '../../src/main/config.js';
import { connectorFor } from '../../src/main/storage-choice.js';
import { parseStorageUrl } from '../../src/main/storage-url.js';
import type { Rows } from '../../src/testing/storage-conformance/archive-rows.js';
import { contents, sampleRows } from '../../src/testing/storage-conformance/archive-rows.js';

export function connectorAt(url: string): Promise<StorageConnector> {
  const address = parseStorageUrl(url);
  if (!address) throw new Error('no such store');
  return connectorFor(storageChoice(address, 2));
}

/** The rows of `sampleRows`, with sessions that live today. */
export function liveRows(people: number): Rows {
  const { sessions, ...rest } = sampleRows(people);
  const now = timestamp(Date.now());
  const expiresAt = addSeconds(now, 86_400);
  return {
    ...rest,
    sessions: sessions.map(({ session, digest }) => ({
      session: { ...session, createdAt: now, lastUsedAt: now, expiresAt },
      digest,
    })),
  };
}

const BATCH = 1000;

/** Puts the rows into the store of this address, which has to be empty. */
export async function fill(url: string, rows: Rows): Promise<void> {
  const target = await (await connectorAt(url)).beginImport();
  for (const collection of ARCHIVE_COLLECTIONS) {
    const all = rows[collection];
    for (let start = 0; start < all.length; start += BATCH) {
      await target.write(collection, all.slice(start, start + BATCH) as never);
    }
  }
  await target.finish();
  await target.close();
}

/** All that the store of this address holds. */
export async function heldAt(url: string): Promise<Rows> {
  const archive = await (await connectorAt(url)).openArchive();
  try {
    return await contents(archive);
  } finally {
    await archive.close();
  }
}
