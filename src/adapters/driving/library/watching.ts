import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import type { TradepostError } from '../../../domain/errors.js';
import type { Trade } from '../../../domain/trade.js';
import { startWatching } from '../operations/index.js';

export interface WatchInput {
  /** What `login` answered. */
  readonly token: string;
  /** `latest` of a page, or the cursor of the last trade that was handed over; without it the watch begins now. */
  readonly after?: string;
}

export interface WatchOptions {
  /** The watch ended by itself: `unauthenticated` when the session did, `internal` when the listener threw. */
  readonly onEnd?: (reason: TradepostError) => void;
}

export interface Watching {
  /**
   * Calls the listener for every trade the caller sends or receives, whichever process records it: once, in order.
   * Keep the cursor to go on from there another time. A listener that answers a promise gets the next trade when it
   * has settled. Answers the function that ends the watch.
   *
   * @throws `unauthenticated`, `validation_failed`, `storage_unavailable`
   */
  watchTrades(
    input: WatchInput,
    listener: (trade: Trade, cursor: string) => void | Promise<void>,
    options?: WatchOptions,
  ): Promise<() => void>;
}

export const createWatching = (useCases: UseCases): Watching => ({
  watchTrades: async (input, listener, { onEnd = () => undefined } = {}) => {
    const { token = null, ...rest } = { ...input };
    const watch = await startWatching(
      useCases,
      rest,
      { token },
      {
        onTrade: ({ trade, cursor }) => listener(trade, cursor),
        onEnd,
      },
    );
    // So that the caller has the means to stop before the first trade comes.
    setImmediate(() => watch.begin());
    return () => watch.stop();
  },
});
