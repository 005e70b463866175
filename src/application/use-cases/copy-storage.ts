import type { SessionPolicy } from '../../domain/session.js';
import { computeLivenessBounds } from '../../domain/session.js';
import type { Selection } from '../copy/rows.js';
import { pagesOf, selectionOf, Tally } from '../copy/rows.js';
import type { ArchiveCollection, StorageArchive, StorageImport } from '../ports/driven/storage-archive.js';
import { ARCHIVE_COLLECTIONS } from '../ports/driven/storage-archive.js';
import { SourceChanged, TargetDiffers } from '../ports/driven/storage-errors.js';
import type { Clock, Fingerprints } from '../ports/driven/system.js';

/** How far a copy is. */
export interface CopyProgress {
  /** Whether rows are copied or compared. `seed`: rows are made, not copied. */
  readonly step: 'copy' | 'check' | 'seed';
  /** The collection that is copied or compared. */
  readonly collection: ArchiveCollection;
  /** Rows of this collection in this step so far, and the expected number. */
  readonly done: number;
  /** The number of its rows. */
  readonly total: number;
  /** Whether the collection is done in this step. */
  readonly complete: boolean;
}

/** The stores of a copy. */
export interface CopyInput {
  /** The store to read; nothing may write to it during the copy. */
  readonly source: StorageArchive;
  /** The store to write to: empty, or with an unfinished copy. */
  readonly target: StorageImport;
  /** Called after every batch. */
  readonly onProgress?: (progress: CopyProgress) => void;
  /** Checked between batches. When it is aborted its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** Rows copied, by collection. */
export type CopyReport = ReadonlyMap<ArchiveCollection, number>;

/** A collection that was copied and has to be checked. */
interface CopiedCollection {
  readonly collection: ArchiveCollection;
  readonly count: number;
  check(): Promise<void>;
}

/**
 * Copies a store into an empty one, then reads both again and compares them. Keeps one batch in memory, so memory does
 * not grow with the store.
 *
 * The target is finished only when everything agrees. A copy that ends earlier leaves the mark of the target and has to
 * be repeated from the start. Because the written rows are summed up too, a difference shows which side has changed.
 */
export class CopyStorage {
  constructor(
    private readonly clock: Clock,
    private readonly policy: SessionPolicy,
    private readonly fingerprints: Fingerprints,
    private readonly batchSize = 1000,
  ) {}

  /** @throws SourceChanged, TargetDiffers, CopyOvertaken, and what the stores throw. */
  async execute(input: CopyInput): Promise<CopyReport> {
    const copied: CopiedCollection[] = [];
    for (const collection of ARCHIVE_COLLECTIONS) copied.push(await this.copy(collection, input));
    // Sessions first, because a store may delete long expired ones by itself.
    for (const { check } of copied.toReversed()) await check();
    await input.target.finish();
    return new Map(copied.map(({ collection, count }) => [collection, count]));
  }

  private async copy<Collection extends ArchiveCollection>(
    collection: Collection,
    input: CopyInput,
  ): Promise<CopiedCollection> {
    const { source, target, signal } = input;
    const isSelected = selectionOf(collection, computeLivenessBounds(this.clock.now(), this.policy));
    const tally = new Tally(this.fingerprints);
    const progress = reportProgress('copy', collection, await source.count(collection), input);
    for await (const rows of pagesOf(source, collection, this.batchSize, signal)) {
      const selected = rows.filter(isSelected);
      if (selected.length > 0) await target.write(collection, selected);
      tally.add(selected);
      progress.advance(rows.length);
    }
    progress.complete();
    return { collection, count: tally.count, check: () => this.check(collection, tally, isSelected, input) };
  }

  /** Reads both sides again and compares them with what was written. */
  private async check<Collection extends ArchiveCollection>(
    collection: Collection,
    written: Tally,
    isSelected: Selection<Collection>,
    input: CopyInput,
  ): Promise<void> {
    const progress = reportProgress('check', collection, 2 * written.count, input);
    const tallyOf = async (archive: StorageArchive, counts: Selection<Collection>): Promise<Tally> => {
      const tally = new Tally(this.fingerprints);
      for await (const rows of pagesOf(archive, collection, this.batchSize, input.signal)) {
        tally.add(rows.filter(counts));
        progress.advance(rows.length);
      }
      return tally;
    };
    if (!written.equals(await tallyOf(input.source, isSelected))) throw new SourceChanged(collection);
    const found = await tallyOf(input.target, () => true);
    if (!written.equals(found)) throw new TargetDiffers(collection, { written: written.count, found: found.count });
    progress.complete();
  }
}

/** Reports the progress of one collection. `done` never exceeds `total`. */
function reportProgress(step: CopyProgress['step'], collection: ArchiveCollection, expected: number, input: CopyInput) {
  let done = 0;
  const report = (total: number, complete: boolean): void =>
    input.onProgress?.({ step, collection, done, total, complete });
  return {
    advance: (rows: number): void => {
      done += rows;
      report(Math.max(expected, done), false);
    },
    complete: (): void => report(done, true),
  };
}
