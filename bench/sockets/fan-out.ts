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

const TURNS = 6;
const ROUNDS = 12;

interface Subject {
  readonly sockets: readonly WebSocket[];
  /** Causes an event that every socket is sent. */
  send(): Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * One event to many sockets, beside a loop that sends one string of the same length to as many. The two take turns, so
 * that what else the machine does is the same for both.
 */
export async function benchFanOut(count: number): Promise<FanOutResult[]> {
  const bare = await start('bare', count);
  const ours = await start('tradepost', count);
  try {
    progress(`fan-out: one event to ${count} sockets`);
    const all = await compare([bare, ours]);
    progress('fan-out: one of them stalled');
    for (const { sockets } of [bare, ours]) sockets[0]?.pause();
    const butOne = await compare([bare, ours].map(subject => ({ ...subject, sockets: subject.sockets.slice(1) })));
    const names = ['bare loop of ws', 'a trade'];
    return [
      ...all.map(resultsOf(names, count)),
      ...butOne.map(
        resultsOf(
          names.map(name => `${name}, one stalled`),
          count - 1,
        ),
      ),
    ];
  } finally {
    await bare.stop();
    await ours.stop();
  }
}

const resultsOf =
  (names: readonly string[], sockets: number) =>
  (taken: readonly number[], index: number, [base = []]: readonly number[][]): FanOutResult => ({
    case: names[index] ?? '',
    sockets,
    p50: round(quantile(taken, 0.5), 1),
    p99: round(quantile(taken, 0.99), 1),
    ratio: round(quantile(taken, 0.5) / quantile(base, 0.5), 2),
  });

async function compare(subjects: readonly Subject[]): Promise<number[][]> {
  const taken = subjects.map((): number[] => []);
  for (let turn = 0; turn < TURNS; turn += 1) {
    for (const [index, subject] of subjects.entries()) taken[index]?.push(...(await rounds(subject)));
  }
  return taken.map(each => each.sort((a, b) => a - b));
}

async function rounds({ send, sockets }: Subject): Promise<number[]> {
  const taken: number[] = [];
  for (let turn = 0; turn < ROUNDS; turn += 1) {
    const received = Promise.all(sockets.map(socket => new Promise(resolve => socket.once('message', resolve))));
    const began = performance.now();
    const sent = send();
    await received;
    const milliseconds = performance.now() - began;
    await sent;
    // The first of a turn warms up.
    if (turn > 0) taken.push(milliseconds);
  }
  return taken;
}

async function start(kind: 'bare' | 'tradepost', count: number): Promise<Subject> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'bench/sockets/fan-out-server.ts', kind]);
  child.stderr.pipe(process.stderr);
  const [port] = await once(child.stdout.setEncoding('utf8'), 'data');
  const origin = `http://127.0.0.1:${Number(port)}`;
  const { send, token } = kind === 'bare' ? bare(origin) : await traders(origin);
  progress(`fan-out: opening ${count} sockets of ${kind}`);
  const sockets = await openSockets(`${origin.replace('http', 'ws')}/ws`, Array<string>(count).fill(token));
  if (kind === 'tradepost') for (const socket of sockets) await watch(socket);
  const stop = async (): Promise<void> => {
    await closeAll(sockets);
    child.kill();
  };
  return { sockets, send, stop };
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
