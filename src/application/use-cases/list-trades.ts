import { toTrade } from '../../domain/trade.js';
import { publicUser } from '../../domain/user.js';
import { formatTradeCursor, parseTradeCursor } from '../cursor.js';
import type { TradeLog } from '../ports/driven/trade-log.js';
import type { ListingTrades, ListTradesInput, TradePage } from '../ports/driving/trades.js';

export class ListTrades implements ListingTrades {
  constructor(private readonly trades: TradeLog) {}

  async execute({ caller, direction, limit, after }: ListTradesInput): Promise<TradePage> {
    const self = publicUser(caller.user);
    const before = after === null ? null : parseTradeCursor(after);
    // One item more than requested shows whether there is a next page.
    const { entries, latest } = await this.trades.page(self.id, { direction, before, limit: limit + 1 });
    const shown = entries.slice(0, limit);
    const last = shown.at(-1);
    return {
      items: shown.map(entry => toTrade(entry, self)),
      next: entries.length > limit && last ? formatTradeCursor(last.number) : null,
      latest: formatTradeCursor(latest),
    };
  }
}
