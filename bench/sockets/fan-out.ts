import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { WebSocket } from 'ws';
import { progress, quantile, round } from '../measure.js';
import { closeAll, openSockets, watch } from './crowd.js';

export interface FanOutResult {
  readonly case: string;
  readonly sockets: number;
  /** Milliseconds from sending the request that causes the event until the last socket has it. */
  readonly p50: number;
  readonly p99: number;
  /** Of the p50 of the bare loop in the same run. */
  readonly ratio: number;
}

const ROUNDS = 60;

/** One event to many sockets, beside a loop that sends one string of the same length to as many. */
export async function benchFanOut(sockets: number): Promise<FanOutResult[]> {
  const bare = await fromServer('bare', sockets);
  const ours = await fromServer('tradepost', sockets);
  const base = quantile(bare.all, 0.5);
  const result = (name: string, count: number, sorted: readonly number[]): FanOutResult => ({
    case: name,
    sockets: count,
    p50: round(quantile(sorted, 0.5), 1),
    p99: round(quantile(sorted, 0.99), 1),
    ratio: round(quantile(sorted, 0.5) / base, 2),
  });
  return [
    result('bare loop of ws', sockets, bare.all),
    result('bare loop of ws, one stalled', sockets - 1, bare.butOne),
    result('a trade', sockets, ours.all),
    result('a trade, one stalled', sockets - 1, ours.butOne),
  ];
}

async function fromServer(kind: 'bare' | 'tradepost', count: number) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'bench/sockets/fan-out-server.ts', kind]);
  child.stderr.pipe(process.stderr);
  const [port] = await once(child.stdout.setEncoding('utf8'), 'data');
  const origin = `http://127.0.0.1:${Number(port)}`;
  try {
    const { send, token } = kind === 'bare' ? bare(origin) : await traders(origin);
    progress(`fan-out: ${count} sockets of ${kind}`);
    const sockets = await openSockets(`${origin.replace('http', 'ws')}/ws`, Array<string>(count).fill(token));
    if (kind === 'tradepost') for (const socket of sockets) await watch(socket);
    const all = await rounds(send, sockets);
    const [stalled, ...others] = sockets;
    stalled?.pause();
    const butOne = await rounds(send, others);
    await closeAll(sockets);
    return { all, butOne };
  } finally {
    child.kill();
  }
}

async function rounds(send: () => Promise<unknown>, sockets: readonly WebSocket[]): Promise<number[]> {
  const taken: number[] = [];
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    const received = Promise.all(sockets.map(socket => new Promise(resolve => socket.once('message', resolve))));
    const began = performance.now();
    const sent = send();
    await received;
    const milliseconds = performance.now() - began;
    await sent;
    // The first tenth warms up.
    if (turn >= ROUNDS / 10) taken.push(milliseconds);
  }
  return taken.sort((a, b) => a - b);
}

const json = async (origin: string, path: string, body: object, token = ''): Promise<Record<string, string>> => {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(origin + path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Record<string, string>;
};

/** As long as the notification of a trade. */
const bare = (origin: string) => ({ send: () => json(origin, '/send', { text: 'x'.repeat(430) }), token: 'none' });

/** Two who hand a card to and fro; the sockets are those of the second. */
async function traders(origin: string) {
  const people = [];
  for (const username of ['ann', 'bob']) {
    const account = { username, email: `${username}@example.org`, name: username, password: 'correct horse' };
    const { id = '' } = await json(origin, '/register', account);
    const { token = '' } = await json(origin, '/login', { username, password: 'correct horse', delivery: 'token' });
    people.push({ id, token });
  }
  const [ann, bob] = people;
  if (!ann || !bob) throw new Error('two people');
  const { id: cardId } = await json(origin, '/cards', { name: 'Ball' }, ann.token);
  let turn = 0;
  const send = () => {
    turn += 1;
    const [from, to] = turn % 2 === 1 ? [ann, bob] : [bob, ann];
    return json(origin, '/trades', { cardId, recipient: { id: to.id } }, from.token);
  };
  return { send, token: bob.token };
}
