// Without an import of it somewhere, TypeScript does not find the module that is augmented below.
import type {} from 'vitest';
import type { TestProject } from 'vitest/node';
import { build } from './build.js';
import { startPostgres } from './postgres-server.js';
import type { TestServer } from './test-server.js';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  build();
  const started: TestServer[] = [];
  const teardown = async () => {
    await Promise.all(started.map(server => server.stop()));
  };

  const start = async (name: string, startServer: () => Promise<TestServer>): Promise<string> => {
    const server = await startServer();
    started.push(server);
    console.error(`${name} for the tests: ${server.source}`);
    return server.url;
  };

  try {
    project.provide('postgresUrl', await start('PostgreSQL', startPostgres));
  } catch (error) {
    // Vitest calls the teardown only of a setup that succeeded.
    await teardown();
    throw error;
  }
  return teardown;
}
