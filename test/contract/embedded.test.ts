import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { embedded } from '../../src/adapters/driven/embedded/index.js';
import { runArchiveConformance } from './run-archive-conformance.js';
import { runConformance } from './run-conformance.js';

const root = mkdtempSync(join(tmpdir(), 'tradepost-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

runConformance(() => embedded({ directory: join(root, 'shared') }));

// Creating a database takes seconds; copying the files of an empty one does not.
const template = join(root, 'template');
beforeAll(async () => {
  await embedded({ directory: template }).migrate();
});

let made = 0;
runArchiveConformance({
  empty: () => {
    made += 1;
    const directory = join(root, `empty-${made}`);
    cpSync(template, directory, { recursive: true });
    return embedded({ directory });
  },
  shared: false,
});
