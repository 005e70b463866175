import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/setup/global-setup.ts'],
    // Two cores are what a continuous-integration machine has; hashing and databases are the load, not the tests.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Where no bound is promised, a busy machine gets the time it needs.
    expect: { poll: { timeout: 10_000 } },
  },
});
