import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { embedded } from '../../src/adapters/driven/embedded/index.js';
import { runConformance } from './run-conformance.js';

const directory = mkdtempSync(join(tmpdir(), 'tradepost-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

runConformance(() => embedded({ directory }));
