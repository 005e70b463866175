import type { TestServer } from './test-server.js';

export const startMongoContainer = async (image: string): Promise<TestServer> => {
  // Loaded late because it is heavy, and of no use to whoever has no container engine.
  const { MongoDBContainer } = await import('@testcontainers/mongodb');
  const container = await new MongoDBContainer(image).start();
  return {
    // The one member of the replica set gives itself a name that is known inside the container alone.
    url: `${container.getConnectionString()}/?directConnection=true`,
    source: `Testcontainers (${image})`,
    stop: async () => {
      await container.stop();
    },
  };
};
