import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { reasonOf } from '../application/storage-kit/index.js';
import { redactText } from '../domain/redaction.js';
import type { Need } from '../peers/peers.js';
import { MissingPeers, missingPeers } from '../peers/peers.js';
import type { Command, CommandContext } from './commands/command.js';
import { readOptions, UsageError } from './commands/command.js';
import { DEFAULT_STORE, needOf } from './stores.js';
import type { Environment } from './variables.js';
import { ConfigError, loadEnvFile, readVariable } from './variables.js';

interface CommandRow {
  readonly summary: string;
  /** Imported after the check for peers, because commands import peers. */
  load(): Promise<Command>;
  /** The URLs of the stores that the command opens; that of `DATABASE_URL` if left out. */
  storeUrls?(option: (name: string) => string | undefined, environment: Environment): readonly (string | undefined)[];
}

const COMMANDS: Readonly<Record<string, CommandRow>> = {
  serve: {
    summary: `run the server (by default on an embedded PostgreSQL, ${DEFAULT_STORE})`,
    load: async () => (await import('./commands/serve.js')).serve,
  },
  migrate: {
    summary: 'bring the database up to date',
    load: async () => (await import('./commands/migrate.js')).migrate,
  },
  doctor: {
    summary: 'check everything that serve needs, and report what to do',
    load: async () => (await import('./commands/doctor.js')).doctor,
  },
  copy: {
    summary: 'copy everything from one store into another, empty one',
    load: async () => (await import('./commands/copy.js')).copy,
    storeUrls: (option, environment) => [
      option('from') ?? readVariable(environment, 'COPY_FROM_URL'),
      option('to') ?? readVariable(environment, 'COPY_TO_URL'),
    ],
  },
  seed: {
    summary: 'fill an empty store with made-up users, cards and trades',
    load: async () => (await import('./commands/seed.js')).seed,
  },
};

/** Options of every command. */
const COMMON_OPTIONS = ['env-file'];

const USAGE = `usage: tradepost COMMAND

${Object.entries(COMMANDS)
  .map(([name, { summary }]) => `  ${name.padEnd(8)} ${summary}`)
  .join('\n')}

  --version          print the version
  --env-file PATH    after a command: read variables from a file; those of the environment take precedence

Run tradepost COMMAND --help for more. Exit status: 0 done, 1 failed, 2 wrong usage.`;

/** What a command gets, except for its options. `environment` gets the variables of `--env-file`. */
export type Invocation = Omit<CommandContext, 'options' | 'environment'> & {
  readonly environment: Record<string, string | undefined>;
};

/** Runs the command that the arguments name. Returns the exit status and never rejects: errors are written as one line. */
export async function runCommand(args: readonly string[], invocation: Invocation): Promise<number> {
  try {
    return await main(args, invocation);
  } catch (error) {
    const lines = error instanceof ConfigError ? error.messages : [reasonOf(error)];
    for (const line of lines) invocation.complain(`tradepost: ${line}`);
    return error instanceof UsageError ? 2 : 1;
  }
}

async function main([name, ...rest]: readonly string[], invocation: Invocation): Promise<number> {
  const print = (text: string): number => {
    invocation.print(text);
    return 0;
  };
  if (name === '--help' || name === '-h' || name === 'help') return print(USAGE);
  if (name === '--version' || name === '-v') return print(version());
  const row = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (name === undefined || !row) {
    const problem = name === undefined ? 'name a command' : `there is no command ${JSON.stringify(redactText(name))}`;
    const known = new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(Object.keys(COMMANDS));
    throw new UsageError(`${problem}: ${known} (tradepost --help describes them)`);
  }
  const option = optionReader(rest);
  const envFile = option('env-file');
  if (envFile !== undefined) loadEnvFile(invocation.environment, envFile);
  refuseWithoutPeers(name, row, option, invocation.environment);
  const command = await row.load();
  try {
    const options = readOptions(rest, [...(command.options ?? []), ...COMMON_OPTIONS]);
    return options === 'help' ? print(command.help) : await command.run({ ...invocation, options });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${name}: ${error.message} (tradepost ${name} --help describes it)`);
  }
}

/** Returns a function that returns the value of an option. `readOptions` reports what is wrong with options. */
function optionReader(args: readonly string[]): (name: string) => string | undefined {
  const options = { 'env-file': { type: 'string' }, from: { type: 'string' }, to: { type: 'string' } } as const;
  const { values } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true });
  return name => (typeof values[name] === 'string' ? values[name] : undefined);
}

/** @throws MissingPeers with one command that installs all that the server and its stores need */
function refuseWithoutPeers(
  name: string,
  { storeUrls }: CommandRow,
  option: (name: string) => string | undefined,
  environment: Environment,
): void {
  const urls = (): readonly (string | undefined)[] =>
    storeUrls?.(option, environment) ?? [readVariable(environment, 'DATABASE_URL') ?? DEFAULT_STORE];
  const needs = unlessInvalid(urls)
    .map(url => (url === undefined ? null : needOf(url)))
    .filter(need => need !== null);
  const missing = missingPeers(['the command', ...needs] satisfies Need[]);
  if (missing.length === 0) return;
  // `npx` runs a copy in its cache where no project has Tradepost. What is installed beside the project is not found there.
  const isCached = /[\\/]_npx[\\/]/.test(import.meta.url);
  throw new MissingPeers(name, missing, isCached ? ['tradepost'] : []);
}

/** The command reports a variable that is not valid, in its own form. */
function unlessInvalid(read: () => readonly (string | undefined)[]): readonly (string | undefined)[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof ConfigError) return [];
    throw error;
  }
}

const version = (): string =>
  (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version;
