import { MongoClient } from 'mongodb';
import { containerEngineProblem } from './container-engine.js';
import { startMemoryServer } from './memory-server.js';
import { reason } from './reason.js';
import type { TestServer } from './test-server.js';

/** Rejects unless a MongoDB responds at the URL. */
const connectOnce = async (url: string): Promise<void> => {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 5_000 });
  try {
    await client.db().command({ ping: 1 });
  } finally {
    await client.close();
  }
};

const givenServer = async (url: string): Promise<TestServer> => {
  try {
    await connectOnce(url);
  } catch (error) {
    // The run fails instead of using another server, because this one was chosen to be tested. The message leaves out
    // the URL, which may have a password.
    throw new Error(`TEST_MONGODB_URL is set, but no MongoDB can be used there: ${reason(error)}`, { cause: error });
  }
  return { url, source: 'TEST_MONGODB_URL', stop: async () => {} };
};

const startMongoContainer = async (image: string): Promise<TestServer> => {
  // Imported only here because loading takes a second, and is useless without a container engine.
  const { MongoDBContainer } = await import('@testcontainers/mongodb');
  const container = await new MongoDBContainer(image).start();
  return {
    // The member of the replica set has a host name that is only known inside the container.
    url: `${container.getConnectionString()}/?directConnection=true`,
    source: `Testcontainers (${image})`,
    stop: async () => {
      await container.stop();
    },
  };
};

/** There is no MongoDB for the tests of its adapter. The message has the reasons. */
export class NoMongo extends Error {}

/** Starts a MongoDB with transactions: TEST_MONGODB_URL, else a container, else a `mongod` of this machine. */
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
      // Printed although the tests continue, because with an engine a container is expected.
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
