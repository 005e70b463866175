import { InternalError, TradepostError, Unauthenticated, ValidationFailed } from '../../domain/errors.js';
import type { Id } from '../../domain/id.js';
import { publicUser } from '../../domain/user.js';
import { parseTradeCursor, tradeCursor } from '../cursor.js';
import type { SessionWatches } from '../live/session-watches.js';
import type { TradeWatches } from '../live/trade-watches.js';
import type { TradeLog } from '../ports/driven/trade-log.js';
import type { TradeWatch, WatchingTrades, WatchTradesInput } from '../ports/driving/live.js';

/**
 * Every trade of the caller from a cursor on, once and in order: what was missed first, then what comes, as soon as the
 * store signals it, or within `CHECK_INTERVAL` (2 s) where signals are lost. Ends with the caller's session.
 */
export class WatchTrades implements WatchingTrades {
  constructor(
    private readonly trades: TradeLog,
    private readonly tradeWatches: TradeWatches,
    private readonly sessionWatches: SessionWatches,
  ) {}

  async execute({ caller, after, onTrade, onEnd }: WatchTradesInput): Promise<TradeWatch> {
    const self = publicUser(caller.user);
    const start = await this.startOf(self.id, after);
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
    return { cursor: tradeCursor(start), begin, stop };
  }

  private async startOf(userId: Id, after: string | null): Promise<number> {
    const wanted = after === null ? null : parseTradeCursor(after);
    const latest = (await this.trades.latest([userId])).get(userId) ?? 0;
    if (wanted === null) return latest;
    // A cursor from elsewhere; waiting for the log to get there would skip trades without a word.
    if (wanted > latest)
      throw ValidationFailed.of('is ahead of your trades; it is not a cursor of this list', '/after');
    return wanted;
  }
}
