import { Unauthenticated } from '../../domain/errors.js';
import type { SessionPolicy } from '../../domain/session.js';
import type { SessionTrades } from '../ports/driven/session-trades.js';
import type { Clock, TokenGenerator } from '../ports/driven/system.js';
import type { ListingTradesOfSession, ListTradesOfSessionInput, TradePage } from '../ports/driving/trades.js';
import { toUse } from './authenticate.js';
import { toRange, toTradePage } from './list-trades.js';

/**
 * `Authenticate` and `ListTrades` in one: the session is looked up on every call, with the same rule, and in the same
 * round trip as the page where the store can.
 */
export class ListTradesOfSession implements ListingTradesOfSession {
  constructor(
    private readonly sessionTrades: SessionTrades,
    private readonly tokens: TokenGenerator,
    private readonly clock: Clock,
    private readonly policy: SessionPolicy,
  ) {}

  async execute({ token, ...request }: ListTradesOfSessionInput): Promise<TradePage> {
    const use = toUse(token, this.tokens, this.clock.now(), this.policy);
    const found = await this.sessionTrades.page(use, toRange(request));
    if (!found) throw new Unauthenticated();
    return toTradePage(found.page, found.owner, request.limit);
  }
}
