import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment is not valid. `messages` has one line for each variable that is wrong. */
export class ConfigError extends Error {
  constructor(
    /** One line for each variable that is wrong. */
    readonly messages: readonly string[],
  ) {
    super(messages.join('\n'));
    this.name = 'ConfigError';
  }
}

/**
 * Returns the value of a variable, or the content of the file that the variable with `_FILE` behind its name names.
 * Undefined if neither is set. An empty variable counts as not set.
 *
 * @throws ConfigError
 */
export function readVariable(environment: Environment, name: string): string | undefined {
  const [value, path] = [environment[name] || undefined, environment[`${name}_FILE`] || undefined];
  if (path === undefined) return value;
  if (value !== undefined) throw new ConfigError([`${name}_FILE: must not be set together with ${name}`]);
  return readText(`${name}_FILE`, path).trim();
}

/**
 * Sets the variables of a file (`NAME=value` lines, as `node --env-file` reads them) that are not set yet.
 *
 * @throws ConfigError
 */
export function loadEnvFile(environment: Record<string, string | undefined>, path: string): void {
  for (const [name, value] of Object.entries(parseEnv(readText('--env-file', path)))) environment[name] ??= value;
}

function readText(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError([
      `${name}: ${path} cannot be read (${code}). Correct the path, or let this user read the file.`,
    ]);
  }
}
