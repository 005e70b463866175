import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

const CLI = resolve('dist/main/cli.js');

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Variables = Readonly<Record<string, string>>;

const environment = (variables: Variables) => ({ PATH: process.env.PATH, ...variables });

/** Runs the built command line in a separate process. */
export const run = (args: readonly string[], variables: Variables = {}, cwd?: string): Promise<Outcome> =>
  new Promise(resolve => {
    const child = execFile(
      process.execPath,
      [CLI, ...args],
      { cwd, env: environment(variables) },
      (_error, stdout, stderr) => resolve({ status: child.exitCode, stdout, stderr }),
    );
  });

export const start = (args: readonly string[], variables: Variables = {}, cwd?: string): ChildProcess =>
  spawn(process.execPath, [CLI, ...args], { cwd, env: environment(variables) });

export interface ServingProcess {
  readonly child: ChildProcess;
  /** The line that says where it listens. */
  readonly line: string;
  readonly origin: string;
  /** The URL of the socket. */
  readonly url: string;
  readonly exited: boolean;
  /** Returns its output so far. */
  output(): string;
  /** Returns its resident memory in MiB. */
  resident(): number;
  /** Sends the signal, if the process runs, and returns the exit status. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Limits that no test reaches, because all of them log in from one IP address. */
const UNREACHED =
  'free-failures=1000,failures-per-hour=1000000,logins-per-minute=1000000,registrations-per-hour=1000000';

/** Starts `tradepost serve` on a free port and waits until it listens. Rejects with its output where it exits. */
export async function serveInProcess(variables: Variables, cwd?: string): Promise<ServingProcess> {
  const child = start(['serve'], { PORT: '0', LOG_LEVEL: 'warn', RATE_LIMITS: UNREACHED, ...variables }, cwd);
  let output = '';
  const line = await new Promise<string>((settle, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', chunk => {
        output += chunk;
        const found = /^listening on .*$/m.exec(output)?.[0];
        if (found) settle(found);
      });
    }
    child.once('close', status => reject(new Error(`exit ${status}: ${output}`)));
  });
  const origin = /http:\S+/.exec(line)?.[0] ?? '';
  const hasExited = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    child,
    line,
    origin,
    url: `${origin.replace('http:', 'ws:')}/ws`,
    get exited() {
      return hasExited();
    },
    output: () => output,
    resident: () => residentOf(Number(child.pid)),
    stop: async (signal = 'SIGTERM') => {
      if (!hasExited()) {
        const exited = once(child, 'exit');
        child.kill(signal);
        await exited;
      }
      return child.exitCode;
    },
  };
}

function residentOf(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) / 1024;
}
