import { type OperationName, surface } from '../driving/operations/surface.js';
import type {
  CallOptions,
  Client,
  SessionListener,
  TradesOptions,
  Watch,
  WatchListener,
  WatchOptions,
} from './client.js';
import type { TokenStore } from './client-session.js';
import { ClientSession } from './client-session.js';
import type { Fetch, HeaderRecord, Input } from './http.js';
import { fullJitter } from './reconnecting.js';
import type { WebSocketConstructor } from './rpc-socket.js';
import { TradeFeeds } from './trade-feeds.js';
import { TradeIterator } from './trade-iterator.js';
import { type DebugLog, safeDebugLog } from './watcher.js';

/** Options of `createClient`. */
export interface ClientOptions {
  /** The server's URL, with the path it is mounted at. In a browser it may be relative to the page. */
  readonly url: string;
  /** The token of an earlier login. A login of this client replaces it. */
  readonly token?: string;
  /**
   * Keeps the token of each login for the next start of the application. With it the client does not use cookies. Every
   * script of a page can read what a page stores: in browsers prefer a login with `delivery: 'cookie'` (OWASP HTML5
   * Security Cheat Sheet, Local Storage).
   */
  readonly tokenStore?: TokenStore;
  /** Sends HTTP requests; the global `fetch` if omitted. */
  readonly fetch?: Fetch;
  /**
   * Headers for HTTP requests, or a function that returns them for each request. Sockets do not have them, because
   * browsers cannot set headers of sockets; in Node, pass a `WebSocket` that adds them.
   */
  readonly headers?: HeaderRecord | (() => HeaderRecord);
  /** The WebSocket of `ws`, where there is no global one (Node before 22). */
  readonly WebSocket?: WebSocketConstructor;
  /** The URL of sockets, absolute or relative to `url`; `ws` if omitted. */
  readonly socketUrl?: string;
  /** Milliseconds for a request to be answered and for a socket to become live; 15,000 if omitted. */
  readonly timeout?: number;
  /** Milliseconds before a lost socket is opened again; if omitted, random up to 0.5 s, 1 s, 2 s … 30 s. */
  readonly backoff?: (failures: number) => number;
  /** Called with requests, sockets and pauses as they happen, for debugging. The details have no tokens and no bodies. */
  readonly debug?: DebugLog;
}

/**
 * Creates a client for browsers and for Node. Operations are HTTP requests; watches use a WebSocket.
 *
 * `login` requests a token and keeps it in memory. With `delivery: 'cookie'` the browser keeps the session instead, where
 * the page's scripts cannot read it. A client without a token assumes that there is such a cookie.
 *
 * @throws TypeError if `url` or `socketUrl` is not a URL
 */
export function createClient(options: ClientOptions): Client {
  const { url, token = null, socketUrl = 'ws', timeout = 15_000, backoff = fullJitter, headers = {} } = options;
  const urls = resolveUrls(url, socketUrl);
  const debug = safeDebugLog(options.debug);
  // Called as a function and not as a method, because the `fetch` of a browser refuses to be one of another object.
  const fetch: Fetch = (target, init) => (options.fetch ?? globalThis.fetch)(target, init);
  const headersOf = typeof headers === 'function' ? headers : () => headers;
  const http = { url: urls.http, timeout, fetch, headers: headersOf, debug };
  let feeds: TradeFeeds | undefined;
  const session = new ClientSession(http, token, options.tokenStore, () => feeds?.restart());
  const WebSocket = options.WebSocket ?? globalWebSocket();

  function watchTrades(listener: WatchListener, watchOptions: WatchOptions = {}): Watch {
    if (!WebSocket) throw new TypeError('createClient({ WebSocket }): there is no global WebSocket; pass that of `ws`');
    feeds ??= new TradeFeeds({ session, url: urls.socket, fetch, WebSocket, timeout, backoff, debug });
    return feeds.watch(listener, watchOptions);
  }

  const methods = (Object.keys(surface) as OperationName[]).map(name => [
    surface[name].library,
    (input?: Input, callOptions?: CallOptions) => session.call(name, input, callOptions),
  ]);
  const client = {
    ...Object.fromEntries(methods),
    watchTrades,
    trades: (tradesOptions?: TradesOptions) => new TradeIterator(watchTrades, tradesOptions),
    onSession: (listener: SessionListener) => session.subscribe(listener),
    get token() {
      return session.current.token;
    },
  };
  return client as Client;
}

const globalWebSocket = (): WebSocketConstructor | undefined =>
  (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket;

export interface Urls {
  /** For requests, without a slash at the end. */
  readonly http: string;
  /** For sockets, with `ws:` or `wss:`. */
  readonly socket: URL;
}

/**
 * Resolves the server's URLs. In a browser `url` may be relative to the page; `socketUrl` may be relative to `url`.
 *
 * @throws TypeError if the result is not a URL
 */
export function resolveUrls(url: string, socketUrl: string): Urls {
  const base = parse('url', url, pageUrl());
  const http = (base.origin + base.pathname).replace(/\/+$/, '');
  const socket = parse('socketUrl', socketUrl, `${http}/`);
  socket.protocol = socket.protocol.replace(/^http/, 'ws');
  socket.hash = '';
  return { http, socket };
}

function parse(option: string, url: string, base: string | undefined): URL {
  try {
    return new URL(url, base);
  } catch (cause) {
    const message = `createClient({ ${option} }): ${JSON.stringify(url)} is not a URL; write it as https://cards.example.org`;
    throw new TypeError(message, { cause });
  }
}

const pageUrl = (): string | undefined => (globalThis as { location?: { readonly href: string } }).location?.href;
