import { publicUser } from '../../domain/user.js';
import type { SessionRepository } from '../ports/driven/session-repository.js';
import type { SessionTrades } from '../ports/driven/session-trades.js';
import type { TradeLog } from '../ports/driven/trade-log.js';

/** Reads the session first, then the log: for a store that cannot read both in one round trip. */
export const readSessionThenTrades = (
  sessions: Pick<SessionRepository, 'use'>,
  trades: Pick<TradeLog, 'page'>,
): SessionTrades => ({
  page: async (digest, bounds, touchedBefore, range) => {
    const found = await sessions.use(digest, bounds, touchedBefore);
    if (!found) return null;
    const owner = publicUser(found.user);
    return { owner, page: await trades.page(owner.id, range) };
  },
});
