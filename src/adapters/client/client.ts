import type { Trade } from '../../domain/trade.js';
import type { OperationInput, OperationName, OperationResult, Surface } from '../driving/operations/surface.js';
import type { ClientError } from './errors.js';

export type WatchState =
  /** Opening a socket. */
  | 'connecting'
  /** Trades are delivered as they are recorded. */
  | 'live'
  /** The connection is lost and will be opened again. Missed trades are delivered then. */
  | 'waiting'
  /** Stopped, or failed in a way that another attempt does not fix. */
  | 'ended';

/** If it returns a promise, the next trade is delivered after the promise settles. */
export type WatchListener = (trade: Trade, cursor: string) => void | Promise<void>;

export interface WatchOptions {
  /** `latest` of a page, or the cursor of the last known trade. If omitted, the watch starts when it is first live. */
  readonly after?: string;
  /** Called with each state, from the first on; `waiting` has a reason. Never called before `watchTrades` returns. */
  readonly onState?: (state: WatchState, reason: ClientError | null) => void;
  /** Called if the watch ends by itself: `unauthenticated` for the session, `validation_failed` for a bad `after`. */
  readonly onEnd?: (reason: ClientError) => void;
}

/** A running watch, as `watchTrades` returns it. */
export interface Watch {
  readonly state: WatchState;
  /** The cursor of the last delivered trade, to continue from later. Undefined until the watch is first live. */
  readonly cursor: string | undefined;
  /** Ends the watch. From then on the listener is not called. */
  stop(): void;
}

type Input<Name extends OperationName> = OperationInput<Name>;

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

type Method<Name extends OperationName> =
  Record<never, never> extends Input<Name>
    ? (input?: Input<Name> & IdempotencyKey<Name>) => Promise<Result<Name>>
    : (input: Input<Name> & IdempotencyKey<Name>) => Promise<Result<Name>>;

/** Every operation as a method, over HTTP. Each throws a `ClientError`. */
export type Client = {
  readonly [Name in OperationName as Surface[Name]['library']]: Method<Name>;
} & {
  /** The session token. Null before a login, after a logout, and if the session is a cookie. */
  readonly token: string | null;
  /**
   * Calls the listener for every trade that the caller sends or receives: once, in order, over a WebSocket. A lost socket
   * is opened again and continues after the last trade. Watches of one client share a socket, except while one of them
   * catches up.
   *
   * A watch belongs to a user, not to a session: after another login of this client it continues with the new session, or
   * ends with `unauthenticated` if that is another user's.
   *
   * @throws TypeError if there is no `WebSocket`
   */
  watchTrades(listener: WatchListener, options?: WatchOptions): Watch;
};
