import { reasonOf } from '../application/storage-kit/index.js';
import { redactText } from '../domain/redaction.js';
import type { Command, CommandContext } from './commands/command.js';
import { readOptions, UsageError } from './commands/command.js';
import { copy } from './commands/copy.js';
import { doctor } from './commands/doctor.js';
import { migrate } from './commands/migrate.js';
import { seed } from './commands/seed.js';
import { serve } from './commands/serve.js';
import { ConfigError } from './config.js';

const commands: Readonly<Record<string, Command>> = { serve, migrate, doctor, copy, seed };

const USAGE = `usage: tradepost COMMAND

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(8)} ${summary}`)
  .join('\n')}

Run tradepost COMMAND --help for more. Exit status: 0 done, 1 failed, 2 wrong usage.`;

/** Runs the command that the arguments name. Returns the exit status and never rejects: errors are written as one line. */
export async function runCommand(args: readonly string[], context: Omit<CommandContext, 'options'>): Promise<number> {
  try {
    return await main(args, context);
  } catch (error) {
    const lines = error instanceof ConfigError ? error.messages : [reasonOf(error)];
    for (const line of lines) context.complain(`tradepost: ${line}`);
    return 1;
  }
}

async function main(args: readonly string[], context: Omit<CommandContext, 'options'>): Promise<number> {
  const [name, ...rest] = args;
  const printHelp = (text: string): number => {
    context.print(text);
    return 0;
  };
  if (name === '--help' || name === '-h' || name === 'help') return printHelp(USAGE);
  const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    const problem = name === undefined ? '' : `tradepost: there is no command ${JSON.stringify(redactText(name))}\n\n`;
    context.complain(`${problem}${USAGE}`);
    return 2;
  }
  try {
    const options = readOptions(rest, command.options ?? []);
    return options === 'help' ? printHelp(command.help) : await command.run({ ...context, options });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    context.complain(`tradepost ${name}: ${error.message}\n\n${command.help}`);
    return 2;
  }
}
