import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Installs packages into a folder, from the registry or from archives, as a user does. */
export async function install(directory: string, packages: readonly string[]): Promise<void> {
  mkdirSync(directory, { recursive: true });
  const manifest = join(directory, 'package.json');
  if (!existsSync(manifest)) writeFileSync(manifest, '{ "type": "module" }\n');
  const options = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  await run('npm', ['install', ...options, ...packages], { cwd: directory });
}

export interface Size {
  readonly packages: number;
  /** Millions of bytes in files, without what file systems add. */
  readonly megabytes: number;
}

/** Returns how many packages are in a folder's `node_modules`, and how large they are. */
export function measure(directory: string): Size {
  const modules = join(directory, 'node_modules');
  const lock = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')) as { packages: object };
  const files = readdirSync(modules, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile());
  const bytes = files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
  return { packages: Object.keys(lock.packages).length, megabytes: bytes / 1e6 };
}
