import { parseArgs } from 'node:util';
import { PlainError, redactText } from '../../domain/redaction.js';
import type { Environment } from '../variables.js';

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

/** `run-command.ts` has its summary. */
export interface Command {
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

/** The command was called wrongly. The exit status is 2. */
export class UsageError extends PlainError {}

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

/**
 * Returns the values of a command's options, each `--name VALUE` or `--name=VALUE`, or 'help' where `--help` is given.
 *
 * @throws UsageError for everything else. Its message does not repeat values, which may hold passwords.
 */
export function readOptions(
  args: readonly string[],
  names: readonly string[],
): Readonly<Record<string, string>> | 'help' {
  const { tokens: parts } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', short: 'h' },
      ...Object.fromEntries(names.map(name => [name, { type: 'string' as const }])),
    },
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<string, string>();
  const unexpected: string[] = [];
  for (const part of parts) {
    if (part.kind === 'option' && part.name === 'help') return 'help';
    if (part.kind === 'positional') unexpected.push(redactText(part.value));
    else if (part.kind === 'option-terminator') unexpected.push('--');
    else if (!names.includes(part.name)) unexpected.push(part.rawName);
    else if (!part.value || part.value.startsWith('--')) throw new UsageError(`${part.rawName} needs a value`);
    else if (given.has(part.name)) throw new UsageError(`${part.rawName} is given twice`);
    else given.set(part.name, part.value);
  }
  if (unexpected.length > 0) throw new UsageError(`unexpected ${unexpected.map(arg => JSON.stringify(arg)).join(' ')}`);
  return Object.fromEntries(given);
}
