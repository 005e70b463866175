import type { z } from 'zod';
import type { OperationName, OperationResult, Operations } from '../driving/operations/index.js';
import type { TradeListener, TradeWatch, WatchOptions } from './trade-watch.js';

type Input<Name extends OperationName> = z.input<Operations[Name]['input']>;

type Claim<Name extends OperationName> = Operations[Name]['idempotent'] extends true
  ? {
      /** 1 to 255 visible ASCII characters: the same key and input again give the first answer again. */
      readonly idempotencyKey?: string;
    }
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
  /**
   * Calls the listener for every trade the caller sends or receives: once, in order, over a WebSocket that is opened
   * again when it is lost, and goes on behind the last trade. Watches of one client share one socket, except while one
   * has trades to catch up on.
   *
   * A watch is of a user, not of a session: after a new login of this client it goes on with the new session, and ends
   * with `unauthenticated` where that is another user's.
   */
  watchTrades(listener: TradeListener, options?: WatchOptions): TradeWatch;
};
