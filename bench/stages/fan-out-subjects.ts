import { once } from 'node:events';
import { WebSocket } from 'ws';
import { type Contestant, socketUrlOf, startContestant } from '../contestants/contestant.js';
import { openSocket, openSockets, watch } from '../load/sockets.js';
import { progress } from '../progress.js';
import type { Ending } from './stage.js';

export interface FanOutSubject {
  readonly name: string;
  readonly pid: number;
  readonly sockets: readonly WebSocket[];
  /** Causes an event that every socket is sent. */
  send(): Promise<unknown>;
}

/** Two people hand a card to and fro; the sockets are those of the second. */
export async function startTradepostTrades(count: number, ending: Ending): Promise<FanOutSubject> {
  const server = ending.add(await startContestant('Tradepost', 'fan-out-tradepost', {}));
  const { origin, name, pid } = server;
  const ann = await register(origin, 'ann');
  const bob = await register(origin, 'bob');
  progress(`opening ${count} sockets: ${name}`);
  const sockets = await openSockets(count, () => openSocket(socketUrlOf(server), bob.token));
  for (const socket of sockets) await watch(socket);
  const { id: cardId } = await post(origin, '/cards', { name: 'Ball' }, ann.token);
  let turn = 0;
  const send = () => {
    turn += 1;
    const [from, to] = turn % 2 === 1 ? [ann, bob] : [bob, ann];
    return post(origin, '/trades', { cardId, recipient: { id: to.id } }, from.token);
  };
  return { name, pid, sockets, send };
}

/** `length` is that of an event, in bytes. */
export async function startBareLoop(count: number, length: number, ending: Ending): Promise<FanOutSubject> {
  const server = ending.add(await startContestant('bare loop of ws', 'fan-out-ws', {}));
  return senderOf(server, length, count, () => openSocket(socketUrlOf(server), 'none'));
}

/** Read with `ws` like the others, so that servers are compared and not clients. */
export async function startSocketIo(count: number, length: number, ending: Ending): Promise<FanOutSubject> {
  const server = ending.add(await startContestant('socket.io', 'fan-out-socket-io', {}));
  return senderOf(server, length, count, () => openSocketIo(socketUrlOf(server)));
}

async function senderOf(server: Contestant, length: number, count: number, open: () => Promise<WebSocket>) {
  const { name, pid, origin } = server;
  progress(`opening ${count} sockets: ${name}`);
  const sockets = await openSockets(count, open);
  const event = { text: 'x'.repeat(length - JSON.stringify({ text: '' }).length) };
  return { name, pid, sockets, send: () => post(origin, '/send', event) };
}

/** Engine.IO protocol 4, Socket.IO protocol 5: the server sends `0`, the client `40`, the server confirms with `40`. */
async function openSocketIo(url: string): Promise<WebSocket> {
  const socket = new WebSocket(`${url}/?EIO=4&transport=websocket`);
  await once(socket, 'message');
  socket.send('40');
  await once(socket, 'message');
  return socket;
}

async function register(origin: string, username: string): Promise<{ id: string; token: string }> {
  const password = 'correct horse battery staple';
  const account = { username, email: `${username}@example.org`, name: username, password };
  const { id = '' } = await post(origin, '/register', account);
  const { token = '' } = await post(origin, '/login', { username, password, delivery: 'token' });
  return { id, token };
}

async function post(origin: string, path: string, body: object, token = ''): Promise<Record<string, string>> {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(origin + path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${await answer.text()}`);
  return (await answer.json()) as Record<string, string>;
}
