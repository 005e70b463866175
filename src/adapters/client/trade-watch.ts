import type { Trade } from '../../domain/trade.js';
import type { ClientError } from './errors.js';

export type WatchState =
  /** Opening a socket. */
  | 'connecting'
  /** Trades come as they are recorded. */
  | 'live'
  /** The connection is lost; another attempt follows. Trades recorded meanwhile come with it. */
  | 'waiting'
  /** Over: stopped, or for a reason that trying again does not mend. */
  | 'ended';

/** Where it answers a promise, the next trade waits for it. */
export type TradeListener = (trade: Trade, cursor: string) => void | Promise<void>;

export interface WatchOptions {
  /** `latest` of a page, or the cursor of the last trade known; without it the watch begins when it is first live. */
  readonly after?: string;
  /** Each state, also the first one; with `waiting` the reason why. Never called before `watchTrades` has answered. */
  readonly onState?: (state: WatchState, reason: ClientError | null) => void;
  /** The watch ended by itself: `unauthenticated` when the session did, `validation_failed` for a cursor that is none. */
  readonly onEnd?: (reason: ClientError) => void;
}

/** What `watchTrades` answers. */
export interface TradeWatch {
  readonly state: WatchState;
  /** Of the last trade that was handed over: what to go on from another time. Undefined before the watch is first live. */
  readonly cursor: string | undefined;
  /** The listener is not called any more, from this very moment. */
  stop(): void;
}
