import { requirePeers } from '../peers/peers.js';
import type { Tradepost, TradepostOptions } from './tradepost.js';

/**
 * Opens the store and returns every operation as a method.
 *
 * Its parts are imported on the first call. Importing Tradepost for its types, errors or use cases alone therefore loads
 * no driver, no framework and no container.
 *
 * @throws MissingPeers naming the command that installs them, if packages are missing
 * @throws an error with the reason and the remedy if the store cannot be opened: not reachable, in use, or not up to date.
 */
export async function createTradepost(options: TradepostOptions): Promise<Tradepost> {
  requirePeers('createTradepost');
  const { compose } = await import('./compose.js');
  return compose(options);
}
