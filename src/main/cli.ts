#!/usr/bin/env node
import type { Command, CommandContext } from './commands/command.js';
import { doctor } from './commands/doctor.js';
import { migrate } from './commands/migrate.js';
import { serve } from './commands/serve.js';
import { ConfigError } from './config.js';
import { describeFailure } from './failure.js';

const commands: Readonly<Record<string, Command>> = { serve, migrate, doctor };

const USAGE = `usage: tradepost COMMAND

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(8)} ${summary}`)
  .join('\n')}

tradepost COMMAND --help tells more. Exit status: 0 done, 1 failed, 2 wrong usage.`;

const context: CommandContext = {
  environment: process.env,
  print: line => process.stdout.write(`${line}\n`),
  complain: line => process.stderr.write(`${line}\n`),
};

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === '--help' || name === '-h' || name === 'help') return say(USAGE);
  const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    context.complain(name === undefined ? USAGE : `tradepost: there is no command ${JSON.stringify(name)}\n\n${USAGE}`);
    return 2;
  }
  if (rest.includes('--help') || rest.includes('-h')) return say(command.help);
  if (rest.length > 0) {
    context.complain(
      `tradepost ${name}: unexpected ${rest.map(arg => JSON.stringify(arg)).join(' ')}\n\n${command.help}`,
    );
    return 2;
  }
  return command.run(context);
}

function say(text: string): number {
  context.print(text);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const lines = error instanceof ConfigError ? error.problems : [describeFailure(error)];
  for (const line of lines) context.complain(`tradepost: ${line}`);
  process.exitCode = 1;
}
