import type { Environment } from '../config.js';

export interface CommandContext {
  readonly environment: Environment;
  /** What was given on the command line, of the options that the command takes. */
  readonly options: Readonly<Record<string, string>>;
  /** To standard output and standard error, a line each. */
  print(line: string): void;
  complain(line: string): void;
  /** Where progress is shown: standard error. */
  readonly screen: Screen;
}

/** As much of a stream as it takes to show progress. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface Command {
  readonly summary: string;
  readonly help: string;
  /** Names of options that take a value, such as `from` for `--from VALUE`; none if left out. */
  readonly options?: readonly string[];
  /**
   * Answers the exit status: 0 done, 1 failed.
   *
   * @throws UsageError
   */
  run(context: CommandContext): Promise<number>;
}

/** The command was not called as it has to be; its help is shown, and the exit status is 2. */
export class UsageError extends Error {}
