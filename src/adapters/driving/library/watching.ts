import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import type { TradepostError } from '../../../domain/errors.js';
import type { Trade } from '../../../domain/trade.js';
import { startWatching } from '../operations/index.js';

export interface WatchTradesArguments {
  /** The token that `login` returned. */
  readonly token: string;
  /** `latest` of a page, or the cursor of the last delivered trade. If omitted, the watch starts now. */
  readonly after?: string;
}

export interface WatchTradesOptions {
  /** Called if the watch ends by itself: `unauthenticated` if the session ended, `internal` if the listener threw. */
  readonly onEnd?: (reason: TradepostError) => void;
}

export interface Watching {
  /**
   * Calls the listener for every trade that the caller sends or receives, whichever process records it: once, in order.
   * Keep the cursor to continue from there later. If the listener returns a promise, the next trade is delivered after
   * the promise settles. Returns the function that ends the watch.
   *
   * @throws `unauthenticated`, `validation_failed`, `storage_unavailable`
   */
  watchTrades(
    input: WatchTradesArguments,
    listener: (trade: Trade, cursor: string) => void | Promise<void>,
    options?: WatchTradesOptions,
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
    // Later, so that the caller has the function that ends the watch before the first trade is delivered.
    setImmediate(() => watch.begin());
    return () => watch.stop();
  },
});
