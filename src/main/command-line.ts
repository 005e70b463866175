import { parseArgs } from 'node:util';
import { UsageError } from './commands/command.js';

/** For a URL that was given without the name of its option. */
const withoutCredentials = (text: string): string => text.replace(/\/\/.*@/, '//…@');

/**
 * Returns the values of a command's options, each `--name VALUE` or `--name=VALUE`, or 'help' where `--help` is given.
 *
 * @throws UsageError for everything else. Its message does not repeat values, which may hold passwords.
 */
export function readOptions(
  args: readonly string[],
  names: readonly string[],
): Readonly<Record<string, string>> | 'help' {
  const { tokens } = parseArgs({
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
  for (const token of tokens) {
    if (token.kind === 'option' && token.name === 'help') return 'help';
    if (token.kind === 'positional') unexpected.push(withoutCredentials(token.value));
    else if (token.kind === 'option-terminator') unexpected.push('--');
    else if (!names.includes(token.name)) unexpected.push(token.rawName);
    else if (!token.value || token.value.startsWith('--')) throw new UsageError(`${token.rawName} needs a value`);
    else if (given.has(token.name)) throw new UsageError(`${token.rawName} is given twice`);
    else given.set(token.name, token.value);
  }
  if (unexpected.length > 0) throw new UsageError(`unexpected ${unexpected.map(arg => JSON.stringify(arg)).join(' ')}`);
  return Object.fromEntries(given);
}
