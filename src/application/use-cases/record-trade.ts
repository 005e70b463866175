import type { Timestamp } from '../../domain/timestamp.js';
import type { Trade } from '../../domain/trade.js';
import { explainRefusal, toTrade } from '../../domain/trade.js';
import type { PublicUser } from '../../domain/user.js';
import { publicUser } from '../../domain/user.js';
import { claim, replay } from '../idempotency.js';
import type { IdempotencyClaim } from '../ports/driven/idempotency.js';
import type { Clock, IdGenerator } from '../ports/driven/system.js';
import type { RecordOutcome, TradeLog } from '../ports/driven/trade-log.js';
import type { RecordingTrades, RecordTradeInput } from '../ports/driving/trades.js';

export class RecordTrade implements RecordingTrades {
  constructor(
    private readonly trades: TradeLog,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
  ) {}

  async execute({ caller, cardId, recipient, idempotencyKey }: RecordTradeInput): Promise<Trade> {
    const sender = publicUser(caller.user);
    const createdAt = this.clock.now();
    const claimed = claimTrade(idempotencyKey, { cardId, recipient }, createdAt);
    // The store checks the rule and acts in one step. A check before it could rest on facts that change in between.
    const recorded = await this.trades.record({ id: this.ids.next(), cardId, sender, recipient, createdAt }, claimed);
    return toResult(recorded, sender, claimed);
  }
}

export const claimTrade = (
  key: string | null,
  request: Pick<RecordTradeInput, 'cardId' | 'recipient'>,
  claimedAt: Timestamp,
): IdempotencyClaim | null => claim(key, 'trades.record', request, claimedAt);

/** The trade as its sender sees it. Throws why it was refused, or that its key was used for another request. */
export function toResult(recorded: RecordOutcome, sender: PublicUser, claimed: IdempotencyClaim | null): Trade {
  switch (recorded.outcome) {
    case 'recorded':
      return toTrade(recorded.entry, sender);
    case 'replayed':
      return toTrade(replay(recorded, claimed), sender);
    case 'refused':
      throw explainRefusal(sender.id, recorded.facts);
  }
}
