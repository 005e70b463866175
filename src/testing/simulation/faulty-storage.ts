import type { IdempotencyClaim } from '../../application/ports/driven/idempotency.js';
import type { Storage } from '../../application/ports/driven/storage.js';
import type { TradeProposal } from '../../application/ports/driven/trade-log.js';
import type { Faults } from './faults.js';
import { ANSWER_TIMEOUT } from './faults.js';
import type { VirtualTime } from './virtual-time.js';

/** What a process does with its storage. */
export interface StorageUser {
  /** Calls of a process that has ended are never answered. */
  isRunning(): boolean;
  /** Called before a trade is passed on to the store. */
  onTradeAttempt(proposal: Pick<TradeProposal, 'id'>, claim: IdempotencyClaim | null): void;
}

/** A store as one process sees it over a network: every call and every signal has a fate of its own. */
export function faultyStorage(store: Storage, user: StorageUser, faults: Faults, time: VirtualTime): Storage {
  async function call<Result>(name: string, run: () => Promise<Result>): Promise<Result> {
    if (!user.isRunning()) return never();
    const fate = faults.decide();
    await faults.travel();
    if (fate === 'cutBefore') throw faults.fail(`${name} is cut before its effect`);
    if (fate === 'stuck') {
      time.after(faults.delayOfStuckCall(), () => void run().catch(() => undefined));
      await time.sleep(ANSWER_TIMEOUT);
      throw faults.fail(`${name} takes effect after the process gave it up`);
    }
    const result = await run();
    if (fate === 'lost') await time.sleep(ANSWER_TIMEOUT);
    else await faults.travel();
    if (fate !== 'answered')
      throw faults.fail(`${name} took effect, its answer is ${fate === 'lost' ? 'lost' : 'cut'}`);
    return result;
  }

  function overNetwork<Part extends object>(part: Part, name: string): Part {
    return new Proxy(part, {
      get: (target, key) => {
        const method: unknown = Reflect.get(target, key);
        if (typeof method !== 'function') return method;
        return (...values: unknown[]) => call(`${name}.${String(key)}`, async () => method.apply(target, values));
      },
    });
  }

  const trades = overNetwork(store.trades, 'trades');
  const sessionTrades = overNetwork(store.sessionTrades, 'sessionTrades');
  return {
    users: overNetwork(store.users, 'users'),
    sessions: overNetwork(store.sessions, 'sessions'),
    cards: overNetwork(store.cards, 'cards'),
    trades: {
      record: (proposal, claim) => {
        user.onTradeAttempt(proposal, claim);
        return trades.record(proposal, claim);
      },
      page: (userId, range) => trades.page(userId, range),
      entriesAfter: (userId, after, limit) => trades.entriesAfter(userId, after, limit),
      latest: userIds => trades.latest(userIds),
    },
    sessionTrades: {
      record: (use, draft, claim) => {
        user.onTradeAttempt(draft, claim);
        return sessionTrades.record(use, draft, claim);
      },
      page: (use, range) => sessionTrades.page(use, range),
    },
    idempotency: overNetwork(store.idempotency, 'idempotency'),
    attempts: overNetwork(store.attempts, 'attempts'),
    signals: {
      subscribe: listener =>
        store.signals.subscribe(signal => {
          for (const delay of faults.delaysOfSignal()) {
            time.after(delay, () => {
              if (user.isRunning()) void listener(signal);
            });
          }
        }),
    },
    check: () => store.check(),
    close: async () => undefined,
  };
}

const never = (): Promise<never> => new Promise(() => undefined);
