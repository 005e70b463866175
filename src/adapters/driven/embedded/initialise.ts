import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

// Text, so that it needs no file of its own that a bundler or a test runner would have to find. Its standard input ends
// with the process that started it, and then nobody waits for it any more.
const SOURCE = `
const [module, data] = process.argv.slice(1);
process.stdin.resume().on('end', () => process.exit(1));
require(module).PGlite.create(data).then(database => database.close()).then(() => process.exit(0));
`;

/**
 * Makes the database's files where there are none yet. In a process of its own: making them takes most of a gigabyte,
 * which WebAssembly never gives back. Under another name first, so that half of them is never taken for a database;
 * another one each time, since a process whose parent was killed may go on for a moment.
 */
export async function initialise(data: string): Promise<void> {
  if (existsSync(data)) return;
  await removeUnfinished(data);
  const unfinished = `${data}.unfinished-${randomUUID()}`;
  const module = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  await promisify(execFile)(process.execPath, ['-e', SOURCE, module, unfinished]);
  await rename(unfinished, data);
}

/** What attempts that were broken off have left. */
async function removeUnfinished(data: string): Promise<void> {
  const directory = dirname(data);
  for (const name of await readdir(directory)) {
    if (!name.startsWith(`${basename(data)}.unfinished`)) continue;
    await rm(join(directory, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
