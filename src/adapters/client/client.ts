import type { Trade } from '../../domain/trade.js';
import type { Methods, OperationResult } from '../driving/operations/methods.js';
import type { OperationName, Surface } from '../driving/operations/surface.js';
import type { ClientError } from './errors.js';

/** Options of each call. */
export interface CallOptions {
  /**
   * Ends the call, which then throws the reason of the signal. The server may carry out the request nevertheless; only an
   * idempotency key makes it safe to send it again.
   */
  readonly signal?: AbortSignal;
}

/** One trade with its cursor. */
export interface WatchedTrade {
  /** The trade, as the caller sees it. */
  readonly trade: Trade;
  /** To continue after this trade later. */
  readonly cursor: string;
}

/** A change of the client's session. */
export type SessionChange =
  /** A login of this client. `token` is null if the session is a cookie. */
  | { readonly state: 'opened'; readonly token: string | null }
  /**
   * There is no session any more. `reason` is null after a logout of this client; else it is the error with which a
   * request or a watch found that the session had ended, or that there was none.
   */
  | { readonly state: 'ended'; readonly reason: ClientError | null };

/** Called with every change of the client's session. */
export type SessionListener = (change: SessionChange) => void;

/** The state of a watch. */
export type WatchState =
  /** Opening a socket. */
  | 'connecting'
  /** Trades are delivered as they are recorded. */
  | 'live'
  /** The connection is lost and will be opened again. Missed trades are delivered then. */
  | 'waiting'
  /** Stopped, or failed in a way that another attempt does not fix. */
  | 'ended'
  /**
   * No socket can be opened with this URL from here, and none was ever open: the page's origin is not allowed, the path is
   * wrong, or there is no Tradepost server. The reason is a sentence for people. The watch does not try again.
   */
  | 'refused';

/** If it returns a promise, the next trade is delivered after the promise settles. */
export type WatchListener = (trade: Trade, cursor: string) => void | Promise<void>;

/** Where a watch begins, and what it calls besides the listener. */
export interface WatchOptions {
  /** `latest` of a page, or the cursor of the last known trade. If omitted, the watch starts when it is first live. */
  readonly after?: string;
  /** Stops the watch when it is aborted. */
  readonly signal?: AbortSignal;
  /**
   * Called with each state, from the first on; `waiting` and `refused` have a reason. Never called before `watchTrades`
   * returns.
   */
  readonly onState?: (state: WatchState, reason: ClientError | null) => void;
  /** Called if the watch ends or is refused: `unauthenticated` for the session, `validation_failed` for a bad `after`. */
  readonly onEnd?: (reason: ClientError) => void;
}

/** Options of `trades`. */
export interface TradesOptions {
  /** As for `watchTrades`. */
  readonly after?: string;
  /** Ends the iteration, without an error, when it is aborted. */
  readonly signal?: AbortSignal;
}

/** A running watch, as `watchTrades` returns it. */
export interface Watch {
  /** The state of the watch now. */
  readonly state: WatchState;
  /** The cursor of the last delivered trade, to continue from later. Undefined until the watch is first live. */
  readonly cursor: string | undefined;
  /** Ends the watch. From then on the listener is not called. */
  stop(): void;
}

type IdempotencyKey<Name extends OperationName> = Surface[Name]['idempotent'] extends true
  ? {
      /** 1 to 255 visible ASCII characters. The same key with the same input returns the first result again. */
      readonly idempotencyKey?: string;
    }
  : unknown;

/** The token of a new session is in the result unless it was delivered as a cookie. */
type Result<Name extends OperationName> = Surface[Name]['session'] extends 'opens'
  ? Omit<OperationResult<Name>, 'token'> & { readonly token?: string }
  : OperationResult<Name>;

type Call<Name extends OperationName, Input> =
  Record<never, never> extends Input
    ? (input?: Input & IdempotencyKey<Name>, options?: CallOptions) => Promise<Result<Name>>
    : (input: Input & IdempotencyKey<Name>, options?: CallOptions) => Promise<Result<Name>>;

/** Every operation as a method, over HTTP. Each throws a `ClientError`, or the reason of an aborted signal. */
export type Client = {
  readonly [Method in keyof Methods]: Call<Methods[Method]['operation'], Methods[Method]['input']>;
} & {
  /** The session token. Null before a login, after a logout, while a store loads it, and if the session is a cookie. */
  readonly token: string | null;
  /**
   * Calls the listener for every trade that the caller sends or receives: once, in order, over a WebSocket. A lost socket
   * is opened again and continues after the last trade. Watches of one client share a socket, except while one of them
   * catches up.
   *
   * A watch belongs to a user, not to a session: after another login of this client it continues with the new session, or
   * ends with `unauthenticated` if that is another user's.
   *
   * If the listener returns promises, at most 1,000 trades wait for it: then the watch leaves its socket until all of them
   * are delivered, and continues after them.
   *
   * @throws TypeError if there is no `WebSocket`
   */
  watchTrades(listener: WatchListener, options?: WatchOptions): Watch;
  /**
   * The same as an iterator: `for await (const { trade, cursor } of client.trades({ after }))`. The watch starts with the
   * first `next()`. It stops, and the loop ends, at `break`, `return`, `throw` and when the signal is aborted. Trades wait
   * until the loop takes them, within the limit of `watchTrades`.
   *
   * The loop throws a `ClientError` if the watch ends by itself or is refused, and a TypeError if there is no `WebSocket`.
   */
  trades(options?: TradesOptions): AsyncIterableIterator<WatchedTrade, undefined>;
  /**
   * Calls the listener after each login and logout of this client, and once when a request or a watch finds that the
   * session has ended elsewhere. Returns the function that ends the subscription.
   */
  onSession(listener: SessionListener): () => void;
};
