import { once } from 'node:events';
import { WebSocket } from 'ws';

/** Sockets opened at a time. */
const BATCH = 50;

export async function openSocket(url: string, token: string): Promise<WebSocket> {
  const socket = new WebSocket(url, 'tradepost.v1', { headers: { authorization: `Bearer ${token}` } });
  await once(socket, 'open');
  return socket;
}

/** Opens `count` sockets; `open` is given the index of each. */
export async function openSockets(count: number, open: (index: number) => Promise<WebSocket>): Promise<WebSocket[]> {
  const sockets: WebSocket[] = [];
  for (let start = 0; start < count; start += BATCH) {
    const batch = Math.min(BATCH, count - start);
    sockets.push(...(await Promise.all(Array.from({ length: batch }, (_, index) => open(start + index)))));
  }
  return sockets;
}

/** Sends a message and returns the next one that comes. */
export async function ask(socket: WebSocket, text: string): Promise<string> {
  const answered = once(socket, 'message') as Promise<[Buffer]>;
  socket.send(text);
  return (await answered)[0].toString();
}

/** Watches the trades of the socket's user; returns when the server has confirmed it. */
export const watch = (socket: WebSocket): Promise<string> =>
  ask(socket, JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'trades.watch' }));

export async function closeAll(sockets: readonly WebSocket[]): Promise<void> {
  await Promise.all(
    sockets.map(async socket => {
      const closed = once(socket, 'close');
      socket.terminate();
      await closed;
    }),
  );
}
