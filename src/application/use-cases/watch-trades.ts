import { InternalError, TradepostError, Unauthenticated } from '../../domain/errors.js';
import type { Id } from '../../domain/id.js';
import { publicUser } from '../../domain/user.js';
import { cursorAhead, formatTradeCursor, parseTradeCursor } from '../cursor.js';
import type { SessionWatches } from '../live/session-watches.js';
import type { TradeWatches } from '../live/trade-watches.js';
import type { TradeWatch, WatchingTrades, WatchTradesInput } from '../ports/driving/trades.js';

/**
 * Delivers every trade of the caller after a cursor, once and in order: first the missed ones, then new ones as soon as
 * the store signals them, or within the interval of the periodic check (2 s) if a signal is lost. The watch ends with
 * the caller's session, and with `validation_failed` where the store has lost entries that the watch delivered.
 */
export class WatchTrades implements WatchingTrades {
  constructor(
    private readonly tradeWatches: TradeWatches,
    private readonly sessionWatches: SessionWatches,
  ) {}

  async execute({ caller, after, onTrade, onEnd }: WatchTradesInput): Promise<TradeWatch> {
    const self = publicUser(caller.user);
    const start = await this.findStart(self.id, after);
    const stops: (() => void)[] = [];
    const stop = (): void => {
      for (const each of stops.splice(0)) each();
    };
    const end = (reason: TradepostError): void => {
      if (stops.length === 0) return;
      stop();
      onEnd(reason);
    };
    stops.push(this.sessionWatches.add(caller.session, () => end(new Unauthenticated())));
    const onFailure = (error: unknown): void => end(error instanceof TradepostError ? error : new InternalError(error));
    const begin = (): void => {
      if (stops.length === 1) stops.push(this.tradeWatches.add(self, start, { onTrade, onFailure }));
    };
    return { cursor: formatTradeCursor(start), begin, stop };
  }

  private async findStart(userId: Id, after: string | null): Promise<number> {
    const start = after === null ? null : parseTradeCursor(after);
    const latest = await this.tradeWatches.latest(userId);
    if (start === null) return latest;
    if (start > latest) throw cursorAhead();
    return start;
  }
}
