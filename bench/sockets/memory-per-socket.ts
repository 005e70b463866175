import { postgres } from '../../src/adapters/driven/postgres/index.js';
import { freshDatabase, type ServingProcess, serveInProcess } from '../../test/support/servers/serving-process.js';
import { progress, round } from '../measure.js';
import { closeAll, crowd, openSockets, watch } from './crowd.js';

export interface SocketMemoryResult {
  readonly sockets: number;
  /** MiB resident with no socket open, after some had been. */
  readonly before: number;
  /** KiB of resident memory for each more that is open and idle. */
  readonly each: number;
  /** The same where each watches its user's trades. */
  readonly eachWatching: number;
}

/** What an idle socket costs a server process: each of a user of its own, with a session of its own. */
export async function benchSocketMemory(postgresUrl: string, sizes: readonly number[]): Promise<SocketMemoryResult[]> {
  const database = await freshDatabase(postgresUrl, 'bench_socket_memory');
  try {
    const results: SocketMemoryResult[] = [];
    for (const size of sizes) results.push(await measure(database.url, size));
    return results;
  } finally {
    await database.drop();
  }
}

async function measure(url: string, size: number): Promise<SocketMemoryResult> {
  const server = await serveInProcess({ DATABASE_URL: url, RATE_LIMITS: 'off' });
  try {
    progress(`memory of sockets: making ${size} users with a session each`);
    const tokens = (await crowd(postgres({ url }), size)).map(({ token }) => token);
    // The code and the database's connections are warm then; more would leave memory that the sockets measured fill again.
    await closeAll(await openSockets(server.url, tokens.slice(0, 20)));
    const before = await settled(server);
    progress(`memory of sockets: ${size} open`);
    const sockets = await openSockets(server.url, tokens);
    const open = await settled(server);
    progress(`memory of sockets: ${size} watching`);
    for (const socket of sockets) await watch(socket);
    const watching = await settled(server);
    await closeAll(sockets);
    const each = (resident: number): number => round(((resident - before) * 1024) / size, 1);
    return { sockets: size, before: round(before, 1), each: each(open), eachWatching: each(watching) };
  } finally {
    await server.stop();
  }
}

const SAMPLES = 10;
const STABLE = 0.5;

/** MiB, once ten samples in five seconds are within half a MiB of one another: garbage is collected by then. */
async function settled(server: ServingProcess): Promise<number> {
  const samples: number[] = [];
  for (let taken = 0; taken < 240; taken += 1) {
    samples.push(server.resident());
    const last = samples.slice(-SAMPLES);
    if (taken > 30 && Math.max(...last) - Math.min(...last) <= STABLE) break;
    await new Promise(resolve => setTimeout(resolve, 500));
  }
  return samples.at(-1) ?? Number.NaN;
}
