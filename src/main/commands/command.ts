import type { StorageConnector } from '../../application/ports/driven/storage.js';
import type { Config, Environment } from '../config.js';
import { loadConnector } from '../stores.js';

export interface CommandContext {
  readonly environment: Environment;
  /** The values of the command's options. */
  readonly options: Readonly<Record<string, string>>;
  /** Writes a line to standard output. */
  print(line: string): void;
  /** Writes a line to standard error. */
  complain(line: string): void;
  /** Where progress is shown: standard error. */
  readonly screen: Screen;
}

/** The part of a stream that showing progress needs. */
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
   * Returns the exit status: 0 done, 1 failed.
   *
   * @throws UsageError
   */
  run(context: CommandContext): Promise<number>;
}

/** The command was called wrongly. Its help is shown, and the exit status is 2. */
export class UsageError extends Error {}

export const connectorOf = ({ store, poolSize }: Config): Promise<StorageConnector> =>
  loadConnector(store, { poolSize });

/** Resolves at the first SIGTERM or SIGINT. The second one ends the process at once. */
export const untilSignal = (): Promise<NodeJS.Signals> =>
  new Promise(resolve => {
    const onSignal = (signal: NodeJS.Signals): void => {
      for (const name of ['SIGTERM', 'SIGINT'] as const) {
        process.off(name, onSignal);
        process.on(name, () => process.exit(1));
      }
      resolve(signal);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
