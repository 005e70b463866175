import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';

// As text, so that no bundler or test runner has to find a file. Its standard input ends with the process that started
// it; it exits then, because nobody waits for it any more.
const SOURCE = `
const [module, data] = process.argv.slice(1);
process.stdin.resume().on('end', () => process.exit(1));
require(module).PGlite.create(data).then(database => database.close()).then(() => process.exit(0));
`;

/**
 * Creates the database's files where there are none yet. In a separate process, because creating them takes most of a
 * gigabyte, which WebAssembly never returns. Under another name first, so that an incomplete set of files is never taken
 * for a database; under a new name each time, because a process whose parent was killed may continue for a moment.
 */
export async function initialise(data: string): Promise<void> {
  if (existsSync(data)) return;
  await removeUnfinished(data);
  const unfinished = `${data}.unfinished-${randomUUID()}`;
  const module = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  await promisify(execFile)(process.execPath, ['-e', SOURCE, module, unfinished]);
  await rename(unfinished, data);
}

/** Removes the files of interrupted attempts. */
async function removeUnfinished(data: string): Promise<void> {
  const directory = dirname(data);
  for (const name of await readdir(directory)) {
    if (!name.startsWith(`${basename(data)}.unfinished`)) continue;
    await rm(join(directory, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}
