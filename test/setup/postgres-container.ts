import { postgresArguments } from './postgres-settings.js';
import type { TestServer } from './test-server.js';

export const startPostgresContainer = async (image: string, extra: readonly string[] = []): Promise<TestServer> => {
  // Loaded late because it is heavy, and of no use to whoever has no container engine.
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
