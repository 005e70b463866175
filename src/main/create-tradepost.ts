import type { Tradepost, TradepostOptions } from './tradepost.js';

/**
 * Opens the store and answers with every operation as a method.
 *
 * The parts are loaded here, not when this module is: importing Tradepost for its types, errors or use cases loads
 * no driver, no framework and no container.
 *
 * @throws what the store says when it cannot be opened: not there, in use, or not up to date, with the remedy.
 */
export async function createTradepost(options: TradepostOptions): Promise<Tradepost> {
  const { compose } = await import('./compose.js');
  return compose(options);
}
