import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Characters of the output of a process that has ended. */
const KEPT = 10_000;

/** The file that a process writes its output to, as an operator's does. It is there as long as the process is. */
export class OutputFile {
  private readonly path = join(tmpdir(), `tradepost-bench-${randomUUID()}.log`);
  private last: string | null = null;
  readonly descriptor = openSync(this.path, 'w');

  /** What was written so far; of a process that has ended, the last of it. */
  read(): string {
    return this.last ?? readFileSync(this.path, 'utf8');
  }

  /** The process has its own descriptor by now. */
  closeHere(): void {
    closeSync(this.descriptor);
  }

  remove(): void {
    this.last = this.read().slice(-KEPT);
    rmSync(this.path, { force: true });
  }
}
