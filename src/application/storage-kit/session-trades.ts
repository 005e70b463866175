import type { PublicUser } from '../../domain/user.js';
import { publicUser } from '../../domain/user.js';
import type { SessionRepository } from '../ports/driven/session-repository.js';
import type { SessionTrades, SessionUse } from '../ports/driven/session-trades.js';
import type { TradeLog } from '../ports/driven/trade-log.js';

/** Reads the session first, then uses the log: for a store that cannot do both in one round trip. */
export function readSessionThenTrades(
  sessions: Pick<SessionRepository, 'use'>,
  trades: Pick<TradeLog, 'page' | 'record'>,
): SessionTrades {
  const readOwner = async ({ digest, bounds, touchedBefore }: SessionUse): Promise<PublicUser | null> => {
    const found = await sessions.use(digest, bounds, touchedBefore);
    return found && publicUser(found.user);
  };
  return {
    page: async (use, range) => {
      const owner = await readOwner(use);
      return owner && { owner, page: await trades.page(owner.id, range) };
    },
    record: async (use, draft, claim) => {
      const sender = await readOwner(use);
      if (!sender) return null;
      return { sender, outcome: await trades.record({ ...draft, sender, createdAt: use.bounds.now }, claim) };
    },
  };
}
