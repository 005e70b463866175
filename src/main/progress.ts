import { COLLECTION_NAMES } from '../application/copy/refusals.js';
import type { CopyProgress } from '../application/use-cases/copy-storage.js';
import type { Screen } from './commands/command.js';

/** Milliseconds between two pictures on a terminal, and between two lines elsewhere. */
const REDRAW_EVERY = 100;
const LINE_EVERY = 30_000;

const WORDS = { copy: { doing: 'copying', done: 'copied' }, check: { doing: 'checking', done: 'checked' } } as const;

export interface ProgressDisplay {
  show(progress: CopyProgress): void;
  /** Leaves the line it drew, for whatever is written next. */
  end(): void;
}

/** Shows how far a copy is: a bar that moves on a terminal, else a line when a collection is done and now and then. */
export const progressDisplay = (screen: Screen, now: () => number = () => performance.now()): ProgressDisplay =>
  screen.isTTY ? new Bar(screen, now) : new Lines(screen, now);

class Bar implements ProgressDisplay {
  private drawnAt = Number.NEGATIVE_INFINITY;
  private isOpen = false;

  constructor(
    private readonly screen: Screen,
    private readonly now: () => number,
  ) {}

  show(progress: CopyProgress): void {
    const { complete } = progress;
    if (!complete && this.now() - this.drawnAt < REDRAW_EVERY) return;
    this.drawnAt = this.now();
    const line = complete ? doneLine(progress) : barLine(progress);
    // What is left of a longer picture is wiped off; a line that wraps could not be drawn over.
    this.screen.write(`\r${line.slice(0, (this.screen.columns ?? 80) - 1)}\u001b[K`);
    this.isOpen = true;
    if (complete) this.end();
  }

  end(): void {
    if (this.isOpen) this.screen.write('\n');
    this.isOpen = false;
  }
}

class Lines implements ProgressDisplay {
  private writtenAt: number;

  constructor(
    private readonly screen: Screen,
    private readonly now: () => number,
  ) {
    this.writtenAt = now();
  }

  show(progress: CopyProgress): void {
    const { complete } = progress;
    if (!complete && this.now() - this.writtenAt < LINE_EVERY) return;
    this.writtenAt = this.now();
    this.screen.write(`${complete ? doneLine(progress) : `${countLine(progress)} (${percent(progress)})`}\n`);
  }

  end(): void {}
}

const WIDTH = 24;

function barLine(progress: CopyProgress): string {
  const full = Math.round(share(progress) * WIDTH);
  return `[${'#'.repeat(full)}${'-'.repeat(WIDTH - full)}] ${percent(progress).padStart(4)} ${countLine(progress)}`;
}

const countLine = ({ step, collection, done, total }: CopyProgress): string =>
  `${WORDS[step].doing} ${COLLECTION_NAMES[collection]}: ${grouped(done)} of ${grouped(total)}`;

const doneLine = ({ step, collection, done }: CopyProgress): string =>
  `${WORDS[step].done} ${COLLECTION_NAMES[collection]}${step === 'copy' ? `: ${grouped(done)}` : ''}`;

const share = ({ done, total }: CopyProgress): number => (total === 0 ? 1 : done / total);
const percent = (progress: CopyProgress): string => `${Math.floor(share(progress) * 100)}%`;

export const grouped = (count: number): string => count.toLocaleString('en');
