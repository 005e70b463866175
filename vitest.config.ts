import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { UNIT_TESTS } from './test/projects.js';

/** The examples import the package. Under test that is its sources, so that each class exists once. */
const ENTRIES = {
  tradepost: 'src/index.ts',
  'tradepost/operations': 'src/adapters/driving/operations/index.ts',
  'tradepost/storage-kit': 'src/application/storage-kit/index.ts',
};

export default defineConfig({
  resolve: {
    alias: Object.entries(ENTRIES).map(([name, file]) => ({
      find: new RegExp(`^${name}$`),
      replacement: resolve(file),
    })),
  },
  test: {
    // Two cores are what a continuous-integration machine has; hashing and databases are the load, not the tests.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Where no bound is promised, a busy machine gets the time it needs.
    expect: { poll: { timeout: 10_000 } },
    projects: [
      // Without isolation the files of a worker share their imports, which would otherwise take most of the time.
      { extends: true, test: { name: 'unit', include: [...UNIT_TESTS], isolate: false, unstubGlobals: true } },
      {
        extends: true,
        test: {
          name: 'stores',
          include: ['test/**/*.test.ts'],
          exclude: [...UNIT_TESTS],
          globalSetup: ['test/support/setup/global-setup.ts'],
        },
      },
    ],
  },
});
