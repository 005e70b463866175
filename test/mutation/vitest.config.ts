import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

/** The unit tests that run the code that `npm run mutation` mutates. */
export default defineConfig({
  test: {
    include: [
      'test/domain/*.test.ts',
      // Without the tests that need a database, and those that read the sources, which Stryker has changed.
      'test/application/!(watch-trades|storage-errors).test.ts',
      'test/contract/memory.test.ts',
      'test/operations/{boundaries,perform,table}.test.ts',
      'test/main/session-secrets.test.ts',
      'test/web/*.test.ts',
    ],
    // The instrumented code of a property test takes many times as long.
    testTimeout: 60_000,
    alias: { argon2: resolve('test/mutation/argon2.ts') },
  },
});
