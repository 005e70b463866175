import type { z } from 'zod';
import type { OperationName, OperationResult, Operations } from '../driving/operations/index.js';
import { fullJitter } from './backoff.js';
import { calls } from './calls.js';
import { request } from './http.js';
import type { TradeListener, WatchOptions } from './trade-watch.js';
import { TradeWatch } from './trade-watch.js';
import type { WebSocketConstructor } from './web-socket.js';

export interface ClientOptions {
  /** Of the server, with the path it is mounted at if it is not the root: `https://cards.example.org`. */
  readonly url: string;
  /** What a login answered before; a login of this client puts its own in the place. */
  readonly token?: string;
  /** Where `WebSocket` is not global (Node before 22): that of `ws`. */
  readonly WebSocket?: WebSocketConstructor;
  /** Milliseconds before a lost socket is opened again; at random up to 0.5 s, 1 s, 2 s … 30 s if left out. */
  readonly backoff?: (failures: number) => number;
}

type SchemaInput<Name extends OperationName> = z.input<Operations[Name]['input']>;

type Input<Name extends OperationName> = string extends keyof SchemaInput<Name>
  ? Record<never, never>
  : SchemaInput<Name>;

type Claim<Name extends OperationName> = Operations[Name]['idempotent'] extends true
  ? { readonly idempotencyKey?: string }
  : unknown;

/** What a login answers; the token only where it was not delivered as a cookie. */
type Result<Name extends OperationName> = Name extends 'sessions.login'
  ? Omit<OperationResult<Name>, 'token'> & { readonly token?: string }
  : OperationResult<Name>;

type Method<Name extends OperationName> =
  Record<never, never> extends Input<Name>
    ? (input?: Input<Name> & Claim<Name>) => Promise<Result<Name>>
    : (input: Input<Name> & Claim<Name>) => Promise<Result<Name>>;

/** Every operation as a method, over HTTP; each throws a ClientError. */
export type Client = {
  readonly [Name in OperationName as Operations[Name]['library']]: Method<Name>;
} & {
  /** The session's token; null before a login, after a logout and where the session is a cookie. */
  readonly token: string | null;
  /** Trades of the caller as they are recorded, over a WebSocket of its own that is opened again when it is lost. */
  watchTrades(listener: TradeListener, options?: WatchOptions): TradeWatch;
};

/**
 * A client for browsers and for Node. Operations go over HTTP, one request each; a watch keeps a WebSocket.
 *
 * `login` asks for a token and keeps it in memory. With `delivery: 'cookie'` the browser keeps the session instead, out
 * of reach of the page's scripts, and the client sends no token.
 */
export function createClient(options: ClientOptions): Client {
  const { url, token: given, WebSocket = globalWebSocket(), backoff = fullJitter } = options;
  const base = url.replace(/\/+$/, '');
  let token = given ?? null;
  const parts = { url: base, token: () => token };

  async function call(name: OperationName, input: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    if (name !== 'sessions.login') {
      const result = await request(parts, name, input);
      if (name === 'sessions.logout') token = null;
      return result;
    }
    // Not with the token there is: who logs in is somebody else from now on.
    const result = await request({ ...parts, token: () => null }, name, { delivery: 'token', ...input });
    token = (result as { token?: string }).token ?? null;
    return result;
  }

  const methods = Object.entries(calls).map(([name, { as }]) => [
    as,
    (input?: Readonly<Record<string, unknown>>) => call(name as OperationName, input),
  ]);
  const rest = {
    get token() {
      return token;
    },
    watchTrades: (listener: TradeListener, options?: WatchOptions): TradeWatch => {
      if (!WebSocket)
        throw new TypeError('createClient({ WebSocket }): there is no global WebSocket; give that of `ws`');
      const checkSession = async (): Promise<void> => void (await request(parts, 'users.me'));
      const socketUrl = `${base.replace(/^http/, 'ws')}/ws`;
      return new TradeWatch(
        { url: socketUrl, WebSocket, token: parts.token, backoff, checkSession },
        listener,
        options,
      );
    },
  };
  return Object.defineProperties(Object.fromEntries(methods), Object.getOwnPropertyDescriptors(rest)) as Client;
}

const globalWebSocket = (): WebSocketConstructor | undefined =>
  (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket;
