import { MongoClient } from 'mongodb';
import type { WebSocket } from 'ws';
import { mongo } from '../../src/adapters/driven/mongo/index.js';
import { postgres } from '../../src/adapters/driven/postgres/index.js';
import type { StorageConnector } from '../../src/index.js';
import type { Person } from '../../test/support/library-users.js';
import { freshDatabase, serveInProcess } from '../../test/support/servers/serving-process.js';
import { progress, quantile, round } from '../measure.js';
import { crowd, openSocket, watch } from './crowd.js';

export interface FeedResult {
  readonly storage: string;
  readonly trades: number;
  /** Milliseconds from sending the HTTP request to one process until the notification came from another. */
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Trades recorded in one server process, one at a time, and watched over a socket of another. */
export async function benchFeed(
  postgresUrl: string,
  mongoUrl: string | undefined,
  trades: number,
): Promise<FeedResult[]> {
  const results: FeedResult[] = [];
  const database = await freshDatabase(postgresUrl, 'bench_feed');
  try {
    const { url } = database;
    results.push(await measure({ storage: 'postgres', url, connector: postgres({ url }), trades }));
  } finally {
    await database.drop();
  }
  if (mongoUrl === undefined) progress('feed: TEST_MONGODB_URL is not set, so nothing is measured on MongoDB');
  else results.push(await onMongo(mongoUrl, trades));
  return results;
}

async function onMongo(server: string, trades: number): Promise<FeedResult> {
  const own = new URL(server);
  own.pathname = '/bench_feed';
  const url = own.href;
  const client = new MongoClient(url);
  try {
    // What a broken run may have left.
    await client.db().dropDatabase();
    await mongo({ url }).migrate();
    return await measure({ storage: 'mongodb', url, connector: mongo({ url }), trades });
  } finally {
    await client.db().dropDatabase();
    await client.close();
  }
}

interface Subject {
  readonly storage: string;
  readonly url: string;
  readonly connector: StorageConnector;
  readonly trades: number;
}

async function measure({ storage, url, connector, trades }: Subject): Promise<FeedResult> {
  const variables = { DATABASE_URL: url, RATE_LIMITS: 'off' };
  const [here, there] = [await serveInProcess(variables), await serveInProcess(variables)];
  try {
    const [ann, bob] = await crowd(connector, 2);
    if (!ann || !bob) throw new Error('two people');
    const socket = await openSocket(there.url, bob.token);
    await watch(socket);
    progress(`feed: ${trades} trades on ${storage}`);
    const taken = await tradeToAndFro(here.origin, socket, [ann, bob], trades);
    socket.terminate();
    const sorted = taken.sort((a, b) => a - b);
    return {
      storage,
      trades,
      p50: round(quantile(sorted, 0.5), 1),
      p99: round(quantile(sorted, 0.99), 1),
      max: round(sorted.at(-1) ?? Number.NaN, 1),
    };
  } finally {
    await here.stop();
    await there.stop();
  }
}

/** Milliseconds each took. The first ones warm connections and code up, and are not counted. */
async function tradeToAndFro(origin: string, socket: WebSocket, pair: [Person, Person], trades: number) {
  const post = async (path: string, { token }: Person, body: object): Promise<{ id: string }> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(origin + path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()) as { id: string };
  };
  const cardId = (await post('/cards', pair[0], { name: 'Ball' })).id;
  const warmUp = 20;
  const taken: number[] = [];
  for (let turn = 0; turn < warmUp + trades; turn += 1) {
    const [from, to] = turn % 2 === 0 ? pair : [pair[1], pair[0]];
    const began = performance.now();
    const notified = new Promise<number>(resolve => socket.once('message', () => resolve(performance.now() - began)));
    await post('/trades', from, { cardId, recipient: { id: to.id } });
    const milliseconds = await notified;
    if (turn >= warmUp) taken.push(milliseconds);
  }
  return taken;
}
