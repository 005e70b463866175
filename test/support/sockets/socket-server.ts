import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { memory } from '../../../src/adapters/driven/memory/index.js';
import { httpHandler } from '../../../src/adapters/driving/http/index.js';
import {
  type AttachedWebSocket,
  attachWebSocket,
  type WebSocketOptions,
} from '../../../src/adapters/driving/websocket/index.js';
import type { StorageConnector, Tradepost, TradepostOptions } from '../../../src/index.js';
import { openTradepost } from '../library-users.js';

export const SECRET = 'a secret of the tests, at least 32 bytes long';

export interface RunningServer {
  readonly tradepost: Tradepost;
  readonly server: Server;
  readonly sockets: AttachedWebSocket;
  readonly origin: string;
  /** The socket's URL. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface ServerSettings {
  readonly storage?: StorageConnector;
  readonly tradepost?: Partial<TradepostOptions>;
  readonly webSocket?: Partial<WebSocketOptions>;
}

/** Serves HTTP and WebSocket on one port, as `tradepost serve` does; stopped after the test. */
export async function serve({
  storage = memory(),
  tradepost: options = {},
  webSocket = {},
}: ServerSettings = {}): Promise<RunningServer> {
  const { tradepost } = await openTradepost(storage, options);
  const handler = httpHandler(tradepost, { secrets: [SECRET] });
  const server = createServer({ maxHeaderSize: 16 * 1024 }, (request, response) => handler(request, response));
  const sockets = attachWebSocket(server, tradepost, { secrets: [SECRET], ...webSocket });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (stopped) return;
    stopped = true;
    await sockets.close();
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
    await tradepost.close();
  };
  onTestFinished(stop);
  return { tradepost, server, sockets, origin: `http://127.0.0.1:${port}`, url: `ws://127.0.0.1:${port}/ws`, stop };
}
