import type { ArchiveCollection, ArchiveRows, StorageArchive } from '../ports/driven/storage-archive.js';

/**
 * A whole collection, a page at a time. Goes on from the last row of the page before, so that no page costs more than
 * the first. Looks at `signal` before each page.
 */
export async function* pagesOf<Collection extends ArchiveCollection>(
  archive: StorageArchive,
  collection: Collection,
  size: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<ArchiveRows[Collection][]> {
  let last: ArchiveRows[Collection] | null = null;
  do {
    signal?.throwIfAborted();
    const rows: ArchiveRows[Collection][] = await archive.read(collection, last, size);
    if (rows.length > 0) yield rows;
    last = rows.length === size ? (rows.at(-1) ?? null) : null;
  } while (last !== null);
}
