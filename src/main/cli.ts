#!/usr/bin/env node
import { inspect } from 'node:util';
import { redactError } from '../domain/redaction.js';
import { runCommand } from './run-command.js';

const complain = (line: string): void => void process.stderr.write(`${line}\n`);

// Node would print the error with all its properties, and drivers put values of users there.
process.on('uncaughtException', error => {
  complain(`tradepost: unhandled error: ${inspect(redactError(error))}`);
  process.exit(1);
});

const args = process.argv.slice(2);
// Options may hold passwords. The title replaces the command line in the list of processes.
if (args.length > 1) process.title = `tradepost ${args[0]}`;
process.exitCode = await runCommand(args, {
  environment: process.env,
  print: line => void process.stdout.write(`${line}\n`),
  complain,
  screen: process.stderr,
});
