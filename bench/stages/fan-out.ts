import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Bench, StageResult } from '../bench.js';
import { type Contestant, startContestant } from '../contestants/contestant.js';
import { closeAll, openSocket, openSockets, watch } from '../load/sockets.js';
import { ascending, median, quantile, round } from '../measure.js';
import { progress } from '../progress.js';
import { table } from '../report/table.js';
import { type Ending, stage } from './stage.js';

const SOCKETS = 1000;
/** How often all take turns, and how many events in a turn; the first warms up and does not count. */
const TURNS = { full: 6, quick: 3 };
const EVENTS = 12;

/**
 * One event to 1,000 sockets, from sending the request that causes it until the last socket has it, beside a loop that
 * sends one string of the same length with `ws`, and beside socket.io. The same with one socket that has stopped reading.
 */
export const fanOut = stage('fan-out', measure);

interface Subject {
  readonly name: string;
  readonly sockets: readonly WebSocket[];
  /** Causes an event that every socket is sent. */
  send(): Promise<unknown>;
}

async function measure({ quick }: Bench, ending: Ending): Promise<StageResult> {
  const subjects = [await bare(ending), await tradepost(ending), await socketIo(ending)];
  for (const { sockets } of subjects) ending.add({ stop: () => closeAll(sockets) });
  const turns = quick ? TURNS.quick : TURNS.full;
  const all = await compare(subjects, turns, 'all read');
  for (const { sockets } of subjects) sockets[0]?.pause();
  const rest = subjects.map(subject => ({ ...subject, sockets: subject.sockets.slice(1) }));
  const stalled = await compare(rest, turns, 'one has stalled');
  for (const { sockets } of subjects) sockets[0]?.resume();
  const columns = { name: '', sockets: 'sockets', case: '', p50: 'p50, ms', p99: 'p99, ms', ratio: 'ratio' };
  return { tables: [table('one event to 1,000 sockets', columns, [...all, ...stalled])] };
}

async function compare(subjects: readonly Subject[], turns: number, what: string) {
  const taken = subjects.map((): number[] => []);
  for (let turn = 0; turn < turns; turn += 1) {
    for (const [index, subject] of subjects.entries()) {
      progress(`${what}, round ${turn + 1} of ${turns}: ${subject.name}`);
      taken[index]?.push(...(await events(subject)));
    }
  }
  return subjects.map(({ name, sockets }, index) => {
    const sorted = ascending(taken[index] ?? []);
    return {
      name,
      sockets: sockets.length,
      case: what,
      p50: round(median(sorted), 1),
      p99: round(quantile(sorted, 0.99), 1),
      ratio: round(median(sorted) / median(taken[0] ?? []), 2),
    };
  });
}

async function events({ send, sockets }: Subject): Promise<number[]> {
  const taken: number[] = [];
  for (let event = 0; event < EVENTS; event += 1) {
    const received = Promise.all(sockets.map(socket => new Promise(resolve => socket.once('message', resolve))));
    const began = performance.now();
    const sent = send();
    await received;
    const milliseconds = performance.now() - began;
    await sent;
    if (event > 0) taken.push(milliseconds);
  }
  return taken;
}

const urlOf = ({ origin }: Contestant): string => `${origin.replace('http:', 'ws:')}/ws`;

async function bare(ending: Ending): Promise<Subject> {
  const server = ending.add(await startContestant('bare loop of ws', 'fan-out-ws', {}));
  progress(`opening ${SOCKETS} sockets: ${server.name}`);
  const sockets = await openSockets(SOCKETS, () => openSocket(urlOf(server), 'none'));
  return { name: server.name, sockets, send: () => post(server.origin, '/send', EVENT) };
}

/** As long as the notification of a trade. */
const EVENT = { text: 'x'.repeat(430) };

/** Two who hand a card to and fro; the sockets are those of the second. */
async function tradepost(ending: Ending): Promise<Subject> {
  const server = ending.add(await startContestant('Tradepost', 'fan-out-tradepost', {}));
  const { origin } = server;
  const ann = await register(origin, 'ann');
  const bob = await register(origin, 'bob');
  progress(`opening ${SOCKETS} sockets: ${server.name}`);
  const sockets = await openSockets(SOCKETS, () => openSocket(urlOf(server), bob.token));
  for (const socket of sockets) await watch(socket);
  const { id: cardId } = await post(origin, '/cards', { name: 'Ball' }, ann.token);
  let turn = 0;
  const send = () => {
    turn += 1;
    const [from, to] = turn % 2 === 1 ? [ann, bob] : [bob, ann];
    return post(origin, '/trades', { cardId, recipient: { id: to.id } }, from.token);
  };
  return { name: server.name, sockets, send };
}

async function register(origin: string, username: string): Promise<{ id: string; token: string }> {
  const password = 'correct horse battery staple';
  const { id = '' } = await post(origin, '/register', {
    username,
    email: `${username}@example.org`,
    name: username,
    password,
  });
  const { token = '' } = await post(origin, '/login', { username, password, delivery: 'token' });
  return { id, token };
}

/** Read with plain `ws`, as the others are, so that servers are compared and not clients. */
async function socketIo(ending: Ending): Promise<Subject> {
  const server = ending.add(await startContestant('socket.io', 'fan-out-socket-io', {}));
  progress(`opening ${SOCKETS} sockets: ${server.name}`);
  const sockets = await openSockets(SOCKETS, () => openSocketIo(urlOf(server)));
  return { name: server.name, sockets, send: () => post(server.origin, '/send', EVENT) };
}

/** Engine.IO protocol 4, Socket.IO protocol 5: the server says `0`, `40` joins the namespace, and so it is answered. */
async function openSocketIo(url: string): Promise<WebSocket> {
  const socket = new WebSocket(`${url}/?EIO=4&transport=websocket`);
  await once(socket, 'message');
  socket.send('40');
  await once(socket, 'message');
  return socket;
}

async function post(origin: string, path: string, body: object, token = ''): Promise<Record<string, string>> {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(origin + path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  return (await answer.json()) as Record<string, string>;
}
