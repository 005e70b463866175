import type { FanOutResult } from './fan-out.js';
import { benchFanOut } from './fan-out.js';
import type { FeedResult } from './feed-latency.js';
import { benchFeed } from './feed-latency.js';
import type { SocketMemoryResult } from './memory-per-socket.js';
import { benchSocketMemory } from './memory-per-socket.js';

export interface SocketResults {
  readonly memory: readonly SocketMemoryResult[];
  readonly feed: readonly FeedResult[];
  readonly fanOut: readonly FanOutResult[];
}

/** Sockets: what they cost, how long a trade takes to them, and one that goes to very many. */
export async function benchSockets(postgresUrl: string, quick: boolean): Promise<SocketResults> {
  const memory = await benchSocketMemory(postgresUrl, quick ? [1000] : [1000, 2000]);
  const feed = await benchFeed(postgresUrl, process.env.TEST_MONGODB_URL, quick ? 300 : 500);
  const fanOut = await benchFanOut(1000);
  return { memory, feed, fanOut };
}
