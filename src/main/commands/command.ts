import type { Environment } from '../config.js';

export interface CommandContext {
  readonly environment: Environment;
  /** To standard output and standard error, a line each. */
  print(line: string): void;
  complain(line: string): void;
}

export interface Command {
  readonly summary: string;
  readonly help: string;
  /** Answers the exit status: 0 done, 1 failed. */
  run(context: CommandContext): Promise<number>;
}
