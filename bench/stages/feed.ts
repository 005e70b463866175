import type { WebSocket } from 'ws';
import type { StorageConnector } from '../../src/index.js';
import type { Bench, StageResult } from '../bench.js';
import { built } from '../built.js';
import { socketUrlOf, startTradepost } from '../contestants/contestant.js';
import { createMongoDatabase } from '../database/mongo.js';
import { addPeople, type Person } from '../database/people.js';
import { openSocket, watch } from '../load/sockets.js';
import { ascending, quantile, round } from '../measure.js';
import { progress } from '../progress.js';
import { table } from '../report/table.js';
import { type Ending, stage } from './stage.js';

/** Trades that warm up connections and code, and are not counted. */
const WARM_UP = 20;

/** Measures the time from `POST /trades` to one server process until a socket of another has the notification. */
export const feed = stage('feed', measure);

async function measure({ quick, postgres, mongoUrl }: Bench, ending: Ending): Promise<StageResult> {
  const trades = quick ? 200 : 500;
  const url = await postgres.createDatabase();
  const onPostgres = (await built.postgres()).postgres({ url });
  const rows = [await feedOf({ storage: 'PostgreSQL', url, connector: onPostgres, trades }, ending)];
  if (mongoUrl !== undefined) {
    const { url } = ending.add(await createMongoDatabase(mongoUrl));
    const connector = (await built.mongo()).mongo({ url });
    // Fewer, because without change streams each takes a tenth of a second.
    rows.push(await feedOf({ storage: 'MongoDB', url, connector, trades: quick ? 20 : 200 }, ending));
  }
  const columns = { storage: 'storage', trades: 'trades', p50: 'p50, ms', p99: 'p99, ms', max: 'max, ms' };
  return {
    tables: [table('a trade in one process to its notification by another', columns, rows)],
    leftOut: mongoUrl === undefined ? ['the feed on MongoDB: TEST_MONGODB_URL is not set'] : [],
  };
}

interface Subject {
  readonly storage: string;
  readonly url: string;
  readonly connector: StorageConnector;
  readonly trades: number;
}

async function feedOf({ storage, url, connector, trades }: Subject, ending: Ending) {
  const here = ending.add(await startTradepost(url));
  const there = ending.add(await startTradepost(url));
  const [ann, bob] = await addPeople(connector, 2);
  if (!ann || !bob) throw new Error('two people');
  const socket = await openSocket(socketUrlOf(there), bob.token);
  await watch(socket);
  progress(`${trades} trades on ${storage}`);
  const sorted = ascending(await tradeToAndFro(here.origin, socket, [ann, bob], trades));
  socket.terminate();
  const at = (share: number): number => round(quantile(sorted, share), 1);
  return { storage, trades, p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** Records trades one at a time; returns the milliseconds of each. */
async function tradeToAndFro(origin: string, socket: WebSocket, pair: [Person, Person], trades: number) {
  const post = async (path: string, { token }: Person, body: object): Promise<{ id: string }> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(origin + path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()) as { id: string };
  };
  const cardId = (await post('/cards', pair[0], { name: 'Ball' })).id;
  const taken: number[] = [];
  for (let turn = 0; turn < WARM_UP + trades; turn += 1) {
    const [from, to] = turn % 2 === 0 ? pair : [pair[1], pair[0]];
    const began = performance.now();
    const notified = new Promise<number>(resolve => socket.once('message', () => resolve(performance.now() - began)));
    await post('/trades', from, { cardId, recipient: { id: to.id } });
    const milliseconds = await notified;
    if (turn >= WARM_UP) taken.push(milliseconds);
  }
  return taken;
}
