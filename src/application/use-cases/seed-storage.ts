import type { DemoData } from '../demo/demo-data.js';
import type { ArchiveCollection, ArchiveRows, StorageImport } from '../ports/driven/storage-archive.js';
import type { CopyProgress } from './copy-storage.js';

export interface SeedInput {
  readonly data: DemoData;
  readonly target: StorageImport;
  /** Called after every batch. */
  readonly onProgress?: (progress: CopyProgress) => void;
  /** Checked between batches. When it is aborted its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** Batches that are written at once, so that rows are made while the store is writing others. */
const WRITERS = 2;

/** Writes made-up users, cards and trades into an empty store. The store cannot be opened until all are written. */
export class SeedStorage {
  constructor(private readonly batchSize = 2000) {}

  /** @throws CopyOvertaken, and what the store throws. */
  async execute(input: SeedInput): Promise<void> {
    const { data, target } = input;
    // In the order of `ARCHIVE_COLLECTIONS`.
    await this.write('users', data.accounts(), data.counts.users, input);
    await this.write('cards', data.allCards(), data.counts.cards, input);
    await this.write('tradeEntries', data.tradeEntries(), data.counts.tradeEntries, input);
    await target.finish();
  }

  private async write<Collection extends ArchiveCollection>(
    collection: Collection,
    rows: Iterable<ArchiveRows[Collection]>,
    total: number,
    { target, onProgress, signal }: SeedInput,
  ): Promise<void> {
    let done = 0;
    const report = (complete: boolean): void => onProgress?.({ step: 'seed', collection, done, total, complete });
    const batches = batchesOf(rows, this.batchSize);
    const writeBatches = async (): Promise<void> => {
      for (const batch of batches) {
        signal?.throwIfAborted();
        await target.write(collection, batch);
        done += batch.length;
        report(false);
      }
    };
    // All take from the same iterator. After a failure the others end with their batch before it is thrown.
    const outcomes = await Promise.allSettled(Array.from({ length: WRITERS }, writeBatches));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    report(true);
  }
}

function* batchesOf<Row>(rows: Iterable<Row>, size: number): Generator<Row[]> {
  let batch: Row[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
