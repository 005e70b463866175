import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';

// Text, so that it needs no file of its own that a bundler or a test runner would have to find.
const SOURCE = `
const [module, data] = process.argv.slice(1);
require(module).PGlite.create(data).then(database => database.close());
`;

/**
 * Makes the database's files where there are none yet. In a process of its own: making them takes most of a gigabyte,
 * which WebAssembly never gives back. Under another name first, so that half of them is never taken for a database.
 */
export async function initialise(data: string): Promise<void> {
  if (existsSync(data)) return;
  const unfinished = `${data}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  const module = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  await promisify(execFile)(process.execPath, ['-e', SOURCE, module, unfinished]);
  await rename(unfinished, data);
}
