import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { StorageConnector } from '../../src/index.js';
import { createTradepost } from '../../src/index.js';
import { cheapHashing } from '../../test/support/cheap-hashing.js';
import { type Person, somebody } from '../../test/support/library-users.js';

/** Sockets opened at a time. */
const BATCH = 50;

/**
 * People with a session each, made by the library on the server's own database: passwords hashed as cheaply as can be,
 * which nothing that is measured here touches.
 */
export async function crowd(storage: StorageConnector, size: number): Promise<Person[]> {
  const tradepost = await createTradepost({ storage, hashing: cheapHashing });
  try {
    const people: Person[] = [];
    while (people.length < size) {
      const more = Math.min(BATCH, size - people.length);
      people.push(...(await Promise.all(Array.from({ length: more }, () => somebody(tradepost)))));
    }
    return people;
  } finally {
    await tradepost.close();
  }
}

export async function openSocket(url: string, token: string): Promise<WebSocket> {
  const socket = new WebSocket(url, 'tradepost.v1', { headers: { authorization: `Bearer ${token}` } });
  await once(socket, 'open');
  return socket;
}

export async function openSockets(url: string, tokens: readonly string[]): Promise<WebSocket[]> {
  const sockets: WebSocket[] = [];
  for (let start = 0; start < tokens.length; start += BATCH) {
    sockets.push(...(await Promise.all(tokens.slice(start, start + BATCH).map(token => openSocket(url, token)))));
  }
  return sockets;
}

/** Asks for the feed, and answers when it is told where it begins. */
export async function watch(socket: WebSocket): Promise<void> {
  const answered = once(socket, 'message');
  socket.send(JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'trades.watch' }));
  await answered;
}

export async function closeAll(sockets: readonly WebSocket[]): Promise<void> {
  await Promise.all(
    sockets.map(async socket => {
      const closed = once(socket, 'close');
      socket.terminate();
      await closed;
    }),
  );
}
