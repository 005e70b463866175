import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import pg from 'pg';

const CLI = resolve('dist/main/cli.js');

export interface ServingProcess {
  readonly pid: number;
  readonly origin: string;
  /** The URL of the socket. */
  readonly url: string;
  readonly exited: boolean;
  /** Returns its output so far. */
  output(): string;
  /** Returns its resident memory in MiB. */
  resident(): number;
  /** Stops the server and returns the exit status. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts the built `tradepost serve` in a separate process. */
export async function serveInProcess(variables: Readonly<Record<string, string>>): Promise<ServingProcess> {
  const env = { PATH: process.env.PATH, PORT: '0', LOG_LEVEL: 'warn', ...variables };
  const child = spawn(process.execPath, [CLI, 'serve'], { env });
  let output = '';
  child.stderr.on('data', chunk => {
    output += chunk;
  });
  const origin = await new Promise<string>((settle, reject) => {
    child.stdout.on('data', chunk => {
      output += chunk;
      const found = /^listening on (\S+)/m.exec(output)?.[1];
      if (found) settle(found);
    });
    child.once('exit', status => reject(new Error(`exit ${status}: ${output}`)));
  });
  const pid = Number(child.pid);
  const gone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    pid,
    origin,
    url: `${origin.replace('http:', 'ws:')}/ws`,
    get exited() {
      return gone();
    },
    output: () => output,
    resident: () => residentOf(pid),
    stop: async (signal = 'SIGTERM') => {
      if (!gone()) {
        const ended = once(child, 'exit');
        child.kill(signal);
        await ended;
      }
      return child.exitCode;
    },
  };
}

function residentOf(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) / 1024;
}

/** Creates a PostgreSQL database. `drop` deletes it. */
export async function freshDatabase(url: string, name: string): Promise<{ url: string; drop(): Promise<void> }> {
  const run = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  await run(`CREATE DATABASE ${name}`);
  const own = new URL(url);
  own.pathname = `/${name}`;
  return { url: own.href, drop: () => run(`DROP DATABASE ${name} WITH (FORCE)`) };
}
