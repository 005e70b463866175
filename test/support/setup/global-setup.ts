// TypeScript finds the module that is augmented below only if it is imported.
import type {} from 'vitest';
import type { TestProject } from 'vitest/node';
import { findChromium } from '../console/find-chromium.js';
import { build } from './build.js';
import { NoMongo, startMongo } from './mongo-server.js';
import { startPostgres } from './postgres-server.js';
import { findNginx, findPgBouncer, findPgDump, findRedis } from './programs.js';
import { findRegistry } from './registry.js';
import type { TestServer } from './test-server.js';
import { findTypeScript5 } from './typescript-5.js';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
    /** Null without a MongoDB. Its tests are then skipped, and the last lines of the run report it. */
    mongoUrl: string | null;
    /** The path of nginx; null where there is none. */
    nginx: string | null;
    /** The path of PgBouncer; null where there is none. */
    pgbouncer: string | null;
    /** The path of `pg_dump`; null where there is none for the server. */
    pgDump: string | null;
    /** The path of Redis or Valkey; null where there is none. */
    redis: string | null;
    /** The path of Chromium; null where there is none. */
    chromium: string | null;
    /** The folder of the programs of the package `typescript-5`; null where they are not installed. */
    typescript5: string | null;
    /** The URL of the npm registry; null where it cannot be reached. */
    registry: string | null;
  }
}

/** The tests that run on every store, and are skipped for one that is missing. */
const ON_EVERY_STORE =
  'the conformance suite, the acceptance scenarios, the races, signals, two processes at once, resuming a feed, moving between stores';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  build();
  const started: TestServer[] = [];
  /** Printed as the last lines of the run. */
  const notRun: string[] = [];
  const teardown = async () => {
    await Promise.all(started.map(server => server.stop()));
    for (const line of notRun) console.error(line);
  };

  const start = async (name: string, startServer: () => Promise<TestServer>): Promise<string> => {
    const server = await startServer();
    started.push(server);
    console.error(`${name} for the tests: ${server.source}`);
    return server.url;
  };

  /** With TEST_ALL=1 (`npm run test:all`) the run fails instead of skipping tests. */
  const startIfPossible = async (name: string, startServer: () => Promise<TestServer>): Promise<string | null> => {
    try {
      return await start(name, startServer);
    } catch (error) {
      if (!(error instanceof NoMongo) || process.env.TEST_ALL === '1') throw error;
      notRun.push(`NOT RUN: everything on ${name}: ${ON_EVERY_STORE}, and its adapter. ${error.message}`);
      return null;
    }
  };

  /** With TEST_ALL=1 the run fails instead, unless the variable `without` says that it is known. */
  const ifPossible = (
    found: { readonly path: string } | { readonly missing: string },
    tests: string,
    without: string,
  ): string | null => {
    if ('path' in found) return found.path;
    const reason = `NOT RUN: ${tests}: ${found.missing}.`;
    if (process.env.TEST_ALL === '1' && process.env[without] !== '1') {
      throw new Error(`${reason} Install it, or set ${without}=1.`);
    }
    notRun.push(reason);
    return null;
  };

  try {
    const postgresUrl = await start('PostgreSQL', startPostgres);
    project.provide('postgresUrl', postgresUrl);
    project.provide('mongoUrl', await startIfPossible('MongoDB', startMongo));
    project.provide(
      'nginx',
      ifPossible(findNginx(), 'the tests behind nginx, test/http/behind-nginx.test.ts', 'TEST_WITHOUT_NGINX'),
    );
    project.provide(
      'pgbouncer',
      ifPossible(
        findPgBouncer(),
        'the conformance suite, the acceptance scenarios and signals through PgBouncer',
        'TEST_WITHOUT_PGBOUNCER',
      ),
    );
    project.provide('redis', ifPossible(findRedis(), 'signals over Redis', 'TEST_WITHOUT_REDIS'));
    project.provide(
      'pgDump',
      ifPossible(
        await findPgDump(postgresUrl),
        'backup and restore of PostgreSQL, test/docs/guides/backup.test.ts',
        'TEST_WITHOUT_PG_DUMP',
      ),
    );
    project.provide(
      'chromium',
      ifPossible(
        findChromium(),
        'the tests in a browser, of the console, the client and its guide',
        'TEST_WITHOUT_CHROMIUM',
      ),
    );
    project.provide(
      'typescript5',
      ifPossible(
        findTypeScript5(),
        'generated clients and the documentation of exports, test/documents/{generated-clients,exports}.test.ts',
        'TEST_WITHOUT_TYPESCRIPT_5',
      ),
    );
    project.provide(
      'registry',
      ifPossible(
        await findRegistry(),
        'the tests of the package as npm installs it, test/main/installed-package.test.ts and test/create',
        'TEST_WITHOUT_REGISTRY',
      ),
    );
  } catch (error) {
    // Vitest calls the teardown only if the setup succeeded.
    await teardown();
    throw error;
  }
  return teardown;
}
