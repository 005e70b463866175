import { reason } from './reason.js';
import type { TestServer } from './test-server.js';

const DOWNLOADS = 'https://fastdl.mongodb.org';

/** Enough for a download on a slow connection. An installed server starts in a second or two. */
const startTimeout = 120_000;

const reachable = async (url: string): Promise<void> => {
  try {
    await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(3_000) });
  } catch (error) {
    const cause = error instanceof Error && error.cause ? error.cause : error;
    throw new Error(`no mongod on this machine, and ${url} cannot be reached: ${reason(cause)}`, { cause: error });
  }
};

/** Starts an installed, downloaded or downloadable `mongod` as a replica set of one. */
export const startMemoryServer = async (): Promise<TestServer> => {
  const { DryMongoBinary, MongoMemoryReplSet } = await import('mongodb-memory-server-core');
  const binary = await DryMongoBinary.locateBinary(await DryMongoBinary.generateOptions());
  // Without this check the download retries for minutes.
  if (binary === undefined) await reachable(DOWNLOADS);

  const starting = MongoMemoryReplSet.create({ replSet: { count: 1, storageEngine: 'wiredTiger' } });
  const timeout = new Promise<never>((_, reject) => {
    const late = () => reject(new Error(`mongod did not start within ${startTimeout / 1000} s`));
    setTimeout(late, startTimeout).unref();
  });
  const server = await Promise.race([starting, timeout]);
  return {
    url: server.getUri(),
    source: `mongodb-memory-server (${binary ?? 'downloaded'})`,
    stop: async () => {
      await server.stop();
    },
  };
};
