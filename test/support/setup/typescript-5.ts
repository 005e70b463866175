import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { reason } from './reason.js';

/** The package with the programs that need the JavaScript API of TypeScript. */
const FOLDER = resolve('typescript-5');

/** Returns the folder of its programs, or why the tests that use them cannot run. Installs the package if it is missing. */
export function findTypeScript5(): { readonly path: string } | { readonly missing: string } {
  const path = resolve(FOLDER, 'node_modules/.bin');
  try {
    if (!existsSync(resolve(path, 'tsc'))) {
      execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
        cwd: FOLDER,
        timeout: 120_000,
        stdio: 'pipe',
      });
    }
    return { path };
  } catch (error) {
    return { missing: `typescript-5 is not installed: npm ci --prefix typescript-5 (${reason(error)})` };
  }
}
