import { memory } from '../../../src/adapters/driven/memory/index.js';
import type { StorageConnector } from '../../../src/index.js';
import { altered } from './altered.js';

export interface LossyStore {
  readonly storage: StorageConnector;
  /** Loses the newest trades, as a restored backup does. Later entries get the numbers of the lost ones. */
  lose(count: number): void;
}

/** A store in memory that can lose the newest trades. */
export function lossy(): LossyStore {
  const recorded: string[] = [];
  const lost = new Set<string>();
  const storage = altered(memory(), opened => {
    const { trades } = opened;
    const [read, record] = [trades.entriesAfter.bind(trades), trades.record.bind(trades)];
    const kept = async (userId: Parameters<typeof read>[0]) => {
      const all = await read(userId, 0, Number.MAX_SAFE_INTEGER);
      return all.filter(({ tradeId }) => !lost.has(tradeId)).map((entry, index) => ({ ...entry, number: index + 1 }));
    };
    trades.record = async (proposal, claim) => {
      recorded.push(proposal.id);
      return record(proposal, claim);
    };
    trades.entriesAfter = async (userId, after, limit) =>
      (await kept(userId)).filter(({ number }) => number > after).slice(0, limit);
    trades.latest = async userIds =>
      new Map(await Promise.all(userIds.map(async id => [id, (await kept(id)).length] as const)));
    return opened;
  });
  return {
    storage,
    lose: count => {
      for (const id of recorded.splice(-count)) lost.add(id);
    },
  };
}
