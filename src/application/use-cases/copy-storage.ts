import type { SessionPolicy } from '../../domain/session.js';
import { computeLivenessBounds } from '../../domain/session.js';
import { pagesOf } from '../copy/pages.js';
import { SourceChanged, TargetDiffers } from '../copy/refusals.js';
import type { Selection } from '../copy/selection.js';
import { selectionOf } from '../copy/selection.js';
import { Tally } from '../copy/tally.js';
import type { ArchiveCollection, StorageArchive, StorageImport } from '../ports/driven/storage-archive.js';
import { ARCHIVE_COLLECTIONS } from '../ports/driven/storage-archive.js';
import type { Clock, Fingerprints } from '../ports/driven/system.js';

export interface CopyProgress {
  readonly step: 'copy' | 'check';
  readonly collection: ArchiveCollection;
  /** Rows of this collection and step so far, and about how many there will be. */
  readonly done: number;
  readonly total: number;
  /** This was the last of the collection and step. */
  readonly complete: boolean;
}

export interface CopyInput {
  readonly source: StorageArchive;
  readonly target: StorageImport;
  /** Told after every batch. */
  readonly onProgress?: (progress: CopyProgress) => void;
  /** Looked at between batches; when it is aborted its reason is thrown. */
  readonly signal?: AbortSignal;
}

/** Rows copied, by collection. */
export type CopyReport = ReadonlyMap<ArchiveCollection, number>;

/** One collection, copied and to be checked. */
interface Copied {
  readonly collection: ArchiveCollection;
  readonly count: number;
  check(): Promise<void>;
}

/**
 * Copies a store into an empty one and reads both again to see that they agree. One batch is held at a time, so the size
 * of the store does not matter.
 *
 * Only when all of it agrees is the target finished; whatever ends a copy before leaves the target's mark, and the
 * copy is repeated from the start. Where it is known what was copied, a difference also tells which side it is on.
 */
export class CopyStorage {
  constructor(
    private readonly clock: Clock,
    private readonly policy: SessionPolicy,
    private readonly fingerprints: Fingerprints,
    private readonly batchSize = 1000,
  ) {}

  /** @throws SourceChanged, TargetDiffers, CopyOvertaken, or what the stores say. */
  async execute(input: CopyInput): Promise<CopyReport> {
    const copied: Copied[] = [];
    for (const collection of ARCHIVE_COLLECTIONS) copied.push(await this.copy(collection, input));
    // Sessions first: a store may delete those that have been over for long, on its own.
    for (const { check } of copied.toReversed()) await check();
    await input.target.finish();
    return new Map(copied.map(({ collection, count }) => [collection, count]));
  }

  private async copy<Collection extends ArchiveCollection>(collection: Collection, input: CopyInput): Promise<Copied> {
    const { source, target, signal } = input;
    const isSelected = selectionOf(collection, computeLivenessBounds(this.clock.now(), this.policy));
    const tally = new Tally(this.fingerprints);
    const progress = progressOf('copy', collection, await source.count(collection), input);
    for await (const rows of pagesOf(source, collection, this.batchSize, signal)) {
      const selected = rows.filter(isSelected);
      if (selected.length > 0) await target.write(collection, selected);
      tally.add(selected);
      progress.advance(rows.length);
    }
    progress.complete();
    return { collection, count: tally.count, check: () => this.check(collection, tally, isSelected, input) };
  }

  /** Both sides are read again and compared with what was written. */
  private async check<Collection extends ArchiveCollection>(
    collection: Collection,
    written: Tally,
    isSelected: Selection<Collection>,
    input: CopyInput,
  ): Promise<void> {
    const progress = progressOf('check', collection, 2 * written.count, input);
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

/** Tells of one collection's progress, which is never shown as more than all of it. */
function progressOf(step: CopyProgress['step'], collection: ArchiveCollection, expected: number, input: CopyInput) {
  let done = 0;
  const tell = (total: number, complete: boolean): void =>
    input.onProgress?.({ step, collection, done, total, complete });
  return {
    advance: (rows: number): void => {
      done += rows;
      tell(Math.max(expected, done), false);
    },
    complete: (): void => tell(done, true),
  };
}
