import { Unauthenticated } from '../../domain/errors.js';
import type { SessionPolicy } from '../../domain/session.js';
import type { Trade } from '../../domain/trade.js';
import type { SessionTrades } from '../ports/driven/session-trades.js';
import type { Clock, IdGenerator, TokenGenerator } from '../ports/driven/system.js';
import type { RecordingTradesOfSession, RecordTradeOfSessionInput } from '../ports/driving/trades.js';
import { toUse } from './authenticate.js';
import { claimTrade, toResult } from './record-trade.js';

/**
 * `Authenticate` and `RecordTrade` in one: the session is looked up with the same rule, and in the same round trip as the trade
 * is recorded where the store can.
 */
export class RecordTradeOfSession implements RecordingTradesOfSession {
  constructor(
    private readonly sessionTrades: SessionTrades,
    private readonly ids: IdGenerator,
    private readonly tokens: TokenGenerator,
    private readonly clock: Clock,
    private readonly policy: SessionPolicy,
  ) {}

  async execute({ token, cardId, recipient, idempotencyKey }: RecordTradeOfSessionInput): Promise<Trade> {
    const use = toUse(token, this.tokens, this.clock.now(), this.policy);
    const claimed = claimTrade(idempotencyKey, { cardId, recipient }, use.bounds.now);
    const recorded = await this.sessionTrades.record(use, { id: this.ids.next(), cardId, recipient }, claimed);
    if (!recorded) throw new Unauthenticated();
    return toResult(recorded.outcome, recorded.sender, claimed);
  }
}
