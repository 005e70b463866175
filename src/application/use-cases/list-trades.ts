import { toTrade } from '../../domain/trade.js';
import type { PublicUser } from '../../domain/user.js';
import { publicUser } from '../../domain/user.js';
import { formatTradeCursor, parseTradeCursor } from '../cursor.js';
import type { TradeLog, TradeLogPage, TradeRange } from '../ports/driven/trade-log.js';
import type { ListingTrades, ListTradesInput, TradePage } from '../ports/driving/trades.js';

/** Lists the caller's trades, newest first. */
export class ListTrades implements ListingTrades {
  constructor(private readonly trades: TradeLog) {}

  async execute(input: ListTradesInput): Promise<TradePage> {
    const self = publicUser(input.caller.user);
    return toTradePage(await this.trades.page(self.id, toRange(input)), self, input.limit);
  }
}

/** @throws `validation_failed` for a cursor that does not parse */
export const toRange = ({ direction, limit, after }: Omit<ListTradesInput, 'caller'>): TradeRange => ({
  direction,
  before: after === null ? null : parseTradeCursor(after),
  // One item more than requested shows whether there is a next page.
  limit: limit + 1,
});

export function toTradePage({ entries, latest }: TradeLogPage, self: PublicUser, limit: number): TradePage {
  const shown = entries.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(entry => toTrade(entry, self)),
    next: entries.length > limit && last ? formatTradeCursor(last.number) : null,
    latest: formatTradeCursor(latest),
  };
}
