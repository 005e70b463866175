import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, StageResult } from '../bench.js';
import { startTradepost } from '../contestants/contestant.js';
import { residentOf } from '../cpu.js';
import { median, round } from '../measure.js';
import { progress } from '../progress.js';
import { table } from '../report/table.js';
import { type Ending, stage } from './stage.js';

/**
 * Time from starting the program to `listening on …`, on a database that was used before, and resident memory after ten
 * idle seconds. `npm start` includes a build that has nothing to do.
 */
export const start = stage('start', measure);

async function measure({ quick, postgres }: Bench, ending: Ending): Promise<StageResult> {
  const directory = mkdtempSync(join(tmpdir(), 'tradepost-bench-'));
  ending.add({ stop: async () => rmSync(directory, { recursive: true, force: true }) });
  const rows = [];
  for (const [storage, url] of [
    ['PostgreSQL', await postgres.createDatabase()],
    ['embedded', `file:${directory}`],
  ] as const) {
    progress(`with ${storage}: first start`);
    await (await startTradepost(url)).stop();
    rows.push({
      storage,
      npmStart: await npmStart(storage, url),
      serve: await serve(storage, url, quick ? 2 : 5),
      idle: await idle(storage, url, quick ? 3 : 10),
    });
  }
  const columns = { storage: 'storage', npmStart: 'npm start, ms', serve: 'serve, ms', idle: 'resident idle, MiB' };
  return { tables: [table('start to listening, and memory', columns, rows)] };
}

/** Returns milliseconds, the median of some starts. */
async function serve(storage: string, url: string, times: number): Promise<number> {
  const taken: number[] = [];
  for (let time = 0; time < times; time += 1) {
    progress(`with ${storage}: start ${time + 1} of ${times}`);
    const began = performance.now();
    const server = await startTradepost(url);
    taken.push(performance.now() - began);
    await server.stop();
  }
  return round(median(taken), 0);
}

/** Returns MiB. */
async function idle(storage: string, url: string, seconds: number): Promise<number | null> {
  progress(`with ${storage}: resident memory after ${seconds} idle seconds`);
  const server = await startTradepost(url);
  await sleep(seconds * 1000);
  const resident = residentOf(server.pid);
  await server.stop();
  return resident === null ? null : round(resident, 0);
}

/** Returns milliseconds. */
async function npmStart(storage: string, DATABASE_URL: string): Promise<number> {
  progress(`with ${storage}: npm start`);
  const env = { ...process.env, DATABASE_URL, PORT: '0', NODE_ENV: 'development' };
  const began = performance.now();
  const child = spawn('npm', ['start'], { env, detached: true });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      output += chunk;
      if (/^listening on/m.test(output)) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', status => reject(new Error(`npm start ended with ${status}: ${output}`)));
  });
  const taken = performance.now() - began;
  const ended = once(child, 'exit');
  process.kill(-Number(child.pid), 'SIGTERM'); // the group: npm, and what npm started
  await ended;
  return round(taken, 0);
}
