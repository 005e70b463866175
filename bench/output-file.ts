import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Characters that are kept of the output of a process that has ended. */
const KEPT = 10_000;

/** The file that a process writes its output to. It exists as long as the process. */
export class OutputFile {
  private readonly path = join(tmpdir(), `tradepost-bench-${randomUUID()}.log`);
  private last: string | null = null;
  readonly descriptor = openSync(this.path, 'w');

  /** Returns the output so far, or the end of it if the process has ended. */
  read(): string {
    return this.last ?? readFileSync(this.path, 'utf8');
  }

  /** Closes our descriptor, once the process has its own. */
  closeHere(): void {
    closeSync(this.descriptor);
  }

  remove(): void {
    this.last = this.read().slice(-KEPT);
    rmSync(this.path, { force: true });
  }
}
