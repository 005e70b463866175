import { addSeconds, type CopyableConnector, timestamp } from '../../../src/index.js';
import { loadConnector, parseStoreUrl } from '../../../src/main/stores.js';
import type { Rows } from '../../../src/testing/storage-conformance/archive-fixtures.js';
import { fill, readStore, sampleRows } from '../../../src/testing/storage-conformance/archive-fixtures.js';

export async function connectorAt(url: string): Promise<CopyableConnector> {
  const store = parseStoreUrl(url);
  if (!store) throw new Error('no such store');
  const connector = await loadConnector(store, { poolSize: 2 });
  const { copying } = connector;
  if (!copying) throw new Error('a store that cannot be copied');
  return { ...connector, copying };
}

/** The rows of `sampleRows`, with sessions that are live now. */
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

/** Writes the rows into the store of this URL, which has to be empty. */
export const fillAt = async (url: string, rows: Rows): Promise<void> => fill(await connectorAt(url), rows, 1000);

/** All rows of the store of this URL, sorted. */
export const heldAt = async (url: string): Promise<Rows> => readStore(await connectorAt(url));
