import { containerEngineProblem } from './container-engine.js';
import { startMemoryServer } from './memory-server.js';
import { connectOnce } from './mongo-connection.js';
import { startMongoContainer } from './mongo-container.js';
import { reason } from './reason.js';
import type { TestServer } from './test-server.js';

const givenServer = async (url: string): Promise<TestServer> => {
  try {
    await connectOnce(url);
  } catch (error) {
    // Whoever names a server wants that one tested; silently testing another would hide it. The address is not
    // repeated, since it may hold a password.
    throw new Error(`TEST_MONGODB_URL is set, but no MongoDB can be used there: ${reason(error)}`, { cause: error });
  }
  return { url, source: 'TEST_MONGODB_URL', stop: async () => {} };
};

/** There is none, for these reasons; the tests of the MongoDB adapter cannot run then. */
export class NoMongo extends Error {}

/** A MongoDB with transactions for the tests: the one named, else a container, else a `mongod` of this machine. */
export const startMongo = async (): Promise<TestServer> => {
  const given = process.env.TEST_MONGODB_URL;
  if (given) return givenServer(given);

  const image = process.env.TEST_MONGODB_IMAGE || 'mongo:8';
  let containerProblem = await containerEngineProblem();
  if (containerProblem === undefined) {
    try {
      return await startMongoContainer(image);
    } catch (error) {
      containerProblem = `${image} could not be started: ${reason(error)}`;
      // Said even though the tests go on: there is an engine, so somebody expects a container to be used.
      console.error(`MongoDB for the tests: no container, ${containerProblem}`);
    }
  }

  try {
    return await startMemoryServer();
  } catch (error) {
    throw new NoMongo(
      [
        'No MongoDB for the tests.',
        '- TEST_MONGODB_URL: not set',
        `- Testcontainers: ${containerProblem}`,
        `- mongodb-memory-server: ${reason(error)}`,
        'Set TEST_MONGODB_URL to a replica set, or start a container engine (DOCKER_HOST, TEST_MONGODB_IMAGE), or',
        'install mongod.',
      ].join('\n'),
      { cause: error },
    );
  }
};
