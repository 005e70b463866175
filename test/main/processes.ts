import type { ChildProcess } from 'node:child_process';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

const CLI = resolve('dist/main/cli.js');

export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const environment = (variables: Readonly<Record<string, string>>) => ({ PATH: process.env.PATH, ...variables });

/** Runs the built command line in a separate process. */
export const run = (
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
  cwd?: string,
): Promise<Outcome> =>
  new Promise(resolve => {
    const child = execFile(
      process.execPath,
      [CLI, ...args],
      { cwd, env: environment(variables) },
      (_error, stdout, stderr) => resolve({ status: child.exitCode, stdout, stderr }),
    );
  });

export const start = (
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
  cwd?: string,
): ChildProcess => spawn(process.execPath, [CLI, ...args], { cwd, env: environment(variables) });

export interface ServerProcess {
  /** The line that says where it listens. */
  readonly line: string;
  readonly url: string;
  readonly child: ChildProcess;
  /** Sends the signal and returns the exit status. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

/** Starts `tradepost serve` on a free port and waits until it listens. Rejects with its output where it exits. */
export async function serve(variables: Readonly<Record<string, string>>, cwd?: string): Promise<ServerProcess> {
  const child = start(['serve'], { PORT: '0', ...variables }, cwd);
  let output = '';
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', chunk => {
      output += chunk;
      const found = /^listening on .*$/m.exec(output);
      if (found) resolve(found[0]);
    });
    child.stderr?.on('data', chunk => {
      output += chunk;
    });
    child.once('exit', status => reject(new Error(`exit ${status}: ${output}`)));
  });
  return {
    line,
    url: /http:\S+/.exec(line)?.[0] ?? '',
    child,
    stop: async signal => {
      child.kill(signal);
      const [status] = await once(child, 'exit');
      return status as number | null;
    },
  };
}
