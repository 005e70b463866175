import type { Trade } from '../../../domain/trade.js';

/** How a call came in. */
export type Transport = 'library' | 'http' | 'websocket';

/** One call of an operation, at its begin. It holds no input, credentials, paths or ids. */
export interface ObservedCall {
  /**
   * A name of the operations table; a method that only a transport has, such as `trades.watch`; or `handshake` for the
   * upgrade to a WebSocket. Null where the request names none of these.
   */
  readonly operation: string | null;
  /** The transport that the call came over. */
  readonly transport: Transport;
  /** The HTTP method as it was sent, which may be any text; only over HTTP. */
  readonly method?: string;
  /** The path of the operation's route, such as `/sessions/{id}`; only over HTTP. */
  readonly route?: string;
  /** The headers of W3C Trace Context as they were sent, not checked; only over HTTP and for handshakes. */
  readonly trace?: { readonly traceparent: string; readonly tracestate: string | undefined };
}

/** How a call ended. */
export interface CallEnd {
  /** `ok`, or the code of the problem. */
  readonly code: string;
  /** The HTTP status, which a problem has over every transport. */
  readonly status?: number;
  /** The `code` that a problem has as a JSON-RPC error; not over HTTP. */
  readonly rpcCode?: number;
}

/** What an observer does about one call. */
export interface Observation {
  /**
   * Runs the call, for an observer that needs it inside of a context of its own (`AsyncLocalStorage`). Must call `work`
   * once, at once, and return what it returns. If left out, the call just runs.
   */
  within?<Result>(work: () => Result): Result;
  /** Called once, when the call has ended. */
  ended(end: CallEnd): void;
}

/** One call of a method of the store. */
export interface ObservedStorageCall {
  /** The part of the store and its method: `trades.record`. */
  readonly name: string;
}

/** A trade that is handed to the watch of a user. */
export interface ObservedDelivery {
  /** The transport of the watch. */
  readonly transport: Transport;
  /** The id of the trade. */
  readonly tradeId: Trade['id'];
  /**
   * Seconds from `createdAt` of the trade, by the clock of the process that recorded it, to now by the clock of this one.
   * Includes the transaction. Null for a trade from before the watch: it waited for its reader.
   */
  readonly lag: number | null;
}

/**
 * Watches what Tradepost does, for metrics and traces: `createTradepost({ observer })`. Its methods must be fast and must
 * not wait; what they throw is ignored. Every method is optional, and one that is left out costs nothing.
 */
export interface Observer {
  /** A call begins. Returns undefined for a call that is not observed. */
  callStarted?(call: ObservedCall): Observation | undefined;
  /** A call of the store begins, within the call of an operation or in the background. `ended` gets `ok` or a code. */
  storageCallStarted?(call: ObservedStorageCall): Observation | undefined;
  /** A trade was recorded by this process. Called within the call, also where an idempotency key repeats its answer. */
  tradeRecorded?(trade: Pick<Trade, 'id'>): void;
  /** A trade was handed to a watch of this process. */
  tradeDelivered?(delivery: ObservedDelivery): void;
}
