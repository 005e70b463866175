import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';

const WANTED = 'bench/package-lock.json';
/** Written by npm after each installation. */
const INSTALLED = 'bench/node_modules/.package-lock.json';

/** Installs the packages that Tradepost is measured against, unless they are installed already. Runs no install scripts. */
export function installPeers(): void {
  if (existsSync(INSTALLED) && statSync(INSTALLED).mtimeMs >= statSync(WANTED).mtimeMs) return;
  const args = ['ci', '--prefix', 'bench', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync('npm', args, { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} ended with ${status}`);
}
