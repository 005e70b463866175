import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const FOLDERS = (process.env.PATH ?? '').split(delimiter);

/** Returns the path of Chromium (`TEST_CHROMIUM` if that is set), or why the tests of the console cannot run. */
export function findChromium(): { readonly path: string } | { readonly missing: string } {
  const named = process.env.TEST_CHROMIUM;
  const candidates = named ? [named] : NAMES.flatMap(name => FOLDERS.map(folder => join(folder, name)));
  const path = candidates.find(isExecutable);
  if (path) return { path };
  return { missing: named ? `TEST_CHROMIUM, ${named}, cannot be executed` : 'there is no chromium' };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
