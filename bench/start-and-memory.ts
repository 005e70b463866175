import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { progress, round } from './measure.js';

export interface StartResult {
  readonly storage: string;
  /** Milliseconds from `npm start` (the build of what is built already included) to the line `listening on …`. */
  readonly npmStart: number;
  /** Milliseconds from starting the program itself. */
  readonly serve: number;
  /** MiB resident, ten seconds after it began to listen. */
  readonly idle: number;
}

export async function benchStart(postgresUrl: string): Promise<StartResult[]> {
  const directory = mkdtempSync(join(tmpdir(), 'tradepost-bench-'));
  try {
    const results: StartResult[] = [];
    for (const [storage, DATABASE_URL] of [
      ['embedded', `file:${directory}`],
      ['postgres', postgresUrl],
    ] as const) {
      progress(`starting with ${storage}: first start, so that the next one is warm`);
      await start(['dist/main/cli.js', 'serve'], DATABASE_URL, 0);
      progress(`starting with ${storage}: npm start`);
      const npmStart = await start(['npm'], DATABASE_URL, 0);
      progress(`starting with ${storage}: resident memory after ten idle seconds`);
      const serve = await start(['dist/main/cli.js', 'serve'], DATABASE_URL, 10_000);
      results.push({
        storage,
        npmStart: round(npmStart.began, 0),
        serve: round(serve.began, 0),
        idle: round(serve.resident, 0),
      });
    }
    return results;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function start(args: readonly string[], DATABASE_URL: string, idle: number) {
  const env = { ...process.env, DATABASE_URL, PORT: '0', NODE_ENV: 'development' };
  const since = performance.now();
  const child =
    args[0] === 'npm'
      ? spawn('npm', ['start'], { env, detached: true })
      : spawn(process.execPath, args, { env, detached: true });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', chunk => {
      output += chunk;
      if (/^listening on/m.test(output)) resolve();
    });
    child.stderr.on('data', chunk => {
      output += chunk;
    });
    child.once('exit', status => reject(new Error(`exit ${status}: ${output}`)));
  });
  const began = performance.now() - since;
  await new Promise(resolve => setTimeout(resolve, idle));
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  const resident = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
  const ended = new Promise(resolve => child.once('exit', resolve));
  process.kill(-Number(child.pid), 'SIGTERM'); // the group: npm, and what npm started
  await ended;
  return { began, resident };
}
