import type { OperationName } from '../driving/operations/index.js';
import { addressesOf } from './addresses.js';
import { fullJitter } from './backoff.js';
import { calls } from './calls.js';
import type { Client } from './client.js';
import { ClientSession } from './client-session.js';
import type { Input } from './http.js';
import { TradeFeeds } from './trade-feeds.js';
import type { TradeListener, TradeWatch, WatchOptions } from './trade-watch.js';
import type { WebSocketConstructor } from './web-socket.js';

export interface ClientOptions {
  /** Of the server, with the path it is mounted at if it is not the root. In a browser it may be relative to the page. */
  readonly url: string;
  /** What a login answered before; a login of this client puts its own in the place. */
  readonly token?: string;
  /** Where `WebSocket` is not global (Node before 22): that of `ws`. */
  readonly WebSocket?: WebSocketConstructor;
  /** Where sockets are opened, if that is not `ws` under `url`: `/ws`, say, or an address of its own. */
  readonly socketUrl?: string;
  /** Milliseconds for a request to be answered, and for a socket to bring trades; 15,000 if left out. */
  readonly timeout?: number;
  /** Milliseconds before a lost socket is opened again; at random up to 0.5 s, 1 s, 2 s … 30 s if left out. */
  readonly backoff?: (failures: number) => number;
}

/**
 * A client for browsers and for Node. Operations go over HTTP, one request each; watches over a WebSocket.
 *
 * `login` asks for a token and keeps it in memory. With `delivery: 'cookie'` the browser keeps the session instead, out
 * of reach of the page's scripts; a client without a token takes it that there is such a cookie.
 *
 * @throws TypeError for an address that is none
 */
export function createClient(options: ClientOptions): Client {
  const { url, token = null, socketUrl = 'ws', timeout = 15_000, backoff = fullJitter } = options;
  const addresses = addressesOf(url, socketUrl);
  const session = new ClientSession({ url: addresses.http, timeout }, token);
  const WebSocket = options.WebSocket ?? globalWebSocket();
  let feeds: TradeFeeds | undefined;

  function watchTrades(listener: TradeListener, watchOptions: WatchOptions = {}): TradeWatch {
    if (!WebSocket) throw new TypeError('createClient({ WebSocket }): there is no global one here; give that of `ws`');
    feeds ??= new TradeFeeds({ session, url: addresses.socket, WebSocket, timeout, backoff });
    return feeds.watch(listener, watchOptions);
  }

  const methods = Object.entries(calls).map(([name, { as }]) => [
    as,
    (input?: Input) => session.call(name as OperationName, input),
  ]);
  const client = {
    ...Object.fromEntries(methods),
    watchTrades,
    get token() {
      return session.current.token;
    },
  };
  return client as Client;
}

const globalWebSocket = (): WebSocketConstructor | undefined =>
  (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket;
