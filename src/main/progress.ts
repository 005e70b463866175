import { COLLECTION_NAMES } from '../application/ports/driven/storage-archive.js';
import type { CopyProgress } from '../application/use-cases/copy-storage.js';
import type { Screen } from './commands/command.js';

/** Milliseconds between two updates on a terminal, and between two lines elsewhere. */
const REDRAW_INTERVAL = 100;
const LINE_INTERVAL = 30_000;

const WORDS = {
  copy: { doing: 'copying', done: 'copied' },
  check: { doing: 'checking', done: 'checked' },
  seed: { doing: 'writing', done: 'wrote' },
} as const;

export interface ProgressDisplay {
  show(progress: CopyProgress): void;
  /** Ends the line of the bar, so that later output starts on a new one. */
  end(): void;
}

/** Shows the progress of a copy, or of a seeding: a bar on a terminal, else a line for each finished collection and every 30 s. */
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
    if (!complete && this.now() - this.drawnAt < REDRAW_INTERVAL) return;
    this.drawnAt = this.now();
    const line = complete ? doneLine(progress) : barLine(progress);
    // Cut to the width of the terminal, because a line that wraps cannot be overwritten; \u001b[K clears the rest.
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
    if (!complete && this.now() - this.writtenAt < LINE_INTERVAL) return;
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
  `${WORDS[step].doing} ${COLLECTION_NAMES[collection]}: ${formatCount(done)} of ${formatCount(total)}`;

const doneLine = ({ step, collection, done }: CopyProgress): string =>
  `${WORDS[step].done} ${COLLECTION_NAMES[collection]}${step === 'check' ? '' : `: ${formatCount(done)}`}`;

const share = ({ done, total }: CopyProgress): number => (total === 0 ? 1 : done / total);
const percent = (progress: CopyProgress): string => `${Math.floor(share(progress) * 100)}%`;

export const formatCount = (count: number): string => count.toLocaleString('en');
