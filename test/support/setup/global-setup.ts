// TypeScript finds the module that is augmented below only if it is imported.
import type {} from 'vitest';
import type { TestProject } from 'vitest/node';
import { findChromium } from '../console/find-chromium.js';
import { build } from './build.js';
import { NoMongo, startMongo } from './mongo-server.js';
import { findNginx } from './nginx.js';
import { startPostgres } from './postgres-server.js';
import type { TestServer } from './test-server.js';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
    /** Null without a MongoDB. Its tests are then skipped, and the last lines of the run report it. */
    mongoUrl: string | null;
    /** The path of nginx; null where there is none. */
    nginx: string | null;
    /** The path of Chromium; null where there is none. */
    chromium: string | null;
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

  const nginxIfPossible = (): string | null => {
    const nginx = findNginx();
    if ('path' in nginx) return nginx.path;
    const reason = `NOT RUN: the tests behind nginx, test/http/behind-nginx.test.ts: ${nginx.missing}.`;
    if (process.env.TEST_ALL === '1' && process.env.TEST_WITHOUT_NGINX !== '1') {
      throw new Error(`${reason} Install it, or set TEST_WITHOUT_NGINX=1.`);
    }
    notRun.push(reason);
    return null;
  };

  const chromiumIfPossible = (): string | null => {
    const chromium = findChromium();
    if ('path' in chromium) return chromium.path;
    const reason = `NOT RUN: the tests of the console in a browser, test/console/browser: ${chromium.missing}.`;
    if (process.env.TEST_ALL === '1' && process.env.TEST_WITHOUT_CHROMIUM !== '1') {
      throw new Error(`${reason} Install it, or set TEST_WITHOUT_CHROMIUM=1.`);
    }
    notRun.push(reason);
    return null;
  };

  try {
    project.provide('postgresUrl', await start('PostgreSQL', startPostgres));
    project.provide('mongoUrl', await startIfPossible('MongoDB', startMongo));
    project.provide('nginx', nginxIfPossible());
    project.provide('chromium', chromiumIfPossible());
  } catch (error) {
    // Vitest calls the teardown only if the setup succeeded.
    await teardown();
    throw error;
  }
  return teardown;
}
