#!/usr/bin/env node
import { inspect } from 'node:util';
import { reasonOf } from '../application/storage-kit/index.js';
import { redactError, redactText } from '../domain/redaction.js';
import type { Command, CommandContext } from './commands/command.js';
import { readOptions, UsageError } from './commands/command.js';
import { copy } from './commands/copy.js';
import { doctor } from './commands/doctor.js';
import { migrate } from './commands/migrate.js';
import { serve } from './commands/serve.js';
import { ConfigError } from './config.js';

const commands: Readonly<Record<string, Command>> = { serve, migrate, doctor, copy };

const USAGE = `usage: tradepost COMMAND

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(8)} ${summary}`)
  .join('\n')}

Run tradepost COMMAND --help for more. Exit status: 0 done, 1 failed, 2 wrong usage.`;

const context: Omit<CommandContext, 'options'> = {
  environment: process.env,
  print: line => process.stdout.write(`${line}\n`),
  complain: line => process.stderr.write(`${line}\n`),
  screen: process.stderr,
};

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--help' || name === '-h' || name === 'help') return printHelp(USAGE);
  const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    context.complain(
      name === undefined ? USAGE : `tradepost: there is no command ${JSON.stringify(redactText(name))}\n\n${USAGE}`,
    );
    return 2;
  }
  // Options may hold passwords. This replaces the command line in the list of processes.
  if (command.options) process.title = `tradepost ${name}`;
  try {
    const options = readOptions(rest, command.options ?? []);
    return options === 'help' ? printHelp(command.help) : await command.run({ ...context, options });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    context.complain(`tradepost ${name}: ${error.message}\n\n${command.help}`);
    return 2;
  }
}

function printHelp(text: string): number {
  context.print(text);
  return 0;
}

// Node would print the error with all its properties, and drivers put values of users there.
process.on('uncaughtException', error => {
  context.complain(`tradepost: unhandled error: ${inspect(redactError(error))}`);
  process.exit(1);
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const lines = error instanceof ConfigError ? error.messages : [reasonOf(error)];
  for (const line of lines) context.complain(`tradepost: ${line}`);
  process.exitCode = 1;
}
