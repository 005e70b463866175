import { addSeconds, type StorageConnector, timestamp } from '../../src/index.js';
import { storageChoice } from '../../src/main/config.js';
import { connectorFor } from '../../src/main/storage-choice.js';
import { parseStorageUrl } from '../../src/main/storage-url.js';
import type { Rows } from '../../src/testing/storage-conformance/archive-rows.js';
import { sampleRows } from '../../src/testing/storage-conformance/archive-rows.js';
import { fill, held } from '../../src/testing/storage-conformance/archive-store.js';

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

/** Puts the rows into the store of this address, which has to be empty. */
export const fillAt = async (url: string, rows: Rows): Promise<void> => fill(await connectorAt(url), rows, 1000);

/** All that the store of this address holds. */
export const heldAt = async (url: string): Promise<Rows> => held(await connectorAt(url));
