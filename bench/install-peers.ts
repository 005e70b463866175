import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';

const WANTED = 'bench/package-lock.json';
/** npm's own record of what it has installed. */
const INSTALLED = 'bench/node_modules/.package-lock.json';

/** What Tradepost is measured against, where it is not installed yet or another version was. No scripts are run. */
export function installPeers(): void {
  if (existsSync(INSTALLED) && statSync(INSTALLED).mtimeMs >= statSync(WANTED).mtimeMs) return;
  const args = ['ci', '--prefix', 'bench', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync('npm', args, { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} ended with ${status}`);
}
