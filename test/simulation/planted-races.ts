import { MemoryStorage } from '../../src/adapters/driven/memory/memory-storage.js';
import type { Application, Ports } from '../../src/application/create-use-cases.js';
import { createUseCases } from '../../src/application/create-use-cases.js';
import { parseTradeCursor } from '../../src/application/cursor.js';
import { Broadcast, readSessionThenTrades } from '../../src/application/storage-kit/index.js';
import { publicUser } from '../../src/domain/user.js';
import type { RecordOutcome, SessionOwner, Storage, TradeEntry, TradeLog } from '../../src/index.js';
import { addSeconds, isLive, StorageUnavailable } from '../../src/index.js';
import type { SimulatedNetwork, SimulationOptions } from '../../src/testing/index.js';

/** One race that is easy to write by mistake. */
export interface PlantedRace {
  readonly flaw: string;
  readonly options: Omit<SimulationOptions, 'seed'>;
  /** A part of the violation that shows it. */
  readonly shownBy: RegExp;
}

type Pause = SimulatedNetwork['pause'];

/** The memory store with one part replaced. The parts stay objects of their classes, so their methods are not copied. */
function altered(alter: (store: MemoryStorage, pause: Pause) => Partial<Storage>): Omit<SimulationOptions, 'seed'> {
  return {
    openStorage: ({ pause }) => {
      const store = new MemoryStorage();
      const { users, sessions, cards, trades, idempotency, attempts, signals } = store;
      const check = () => store.check();
      const parts = {
        users,
        sessions,
        cards,
        trades,
        idempotency,
        attempts,
        signals,
        check,
        close: async () => {},
      };
      const altered = { ...parts, ...alter(store, pause) };
      return { sessionTrades: readSessionThenTrades(altered.sessions, altered.trades), ...altered };
    },
  };
}

/** A part with some of its methods replaced. */
const replaced = <Part extends object>(part: Part, methods: Partial<Part>): Part =>
  Object.assign(Object.create(part) as Part, methods);

/** The application with some of its ports or use cases replaced. */
const rebuilt = (build: (ports: Ports) => Application): Omit<SimulationOptions, 'seed'> => ({
  createApplication: build,
});

interface Steps {
  /** In the order of a correct store: `check`, then the rest without a pause. */
  readonly pauseAfter: 'check' | 'numbers' | 'first entry' | 'trade';
}

/** `TradeLog.record` in several steps, with a pause after one of them. */
const recordInSteps =
  (store: MemoryStorage, pause: Pause, { pauseAfter }: Steps): TradeLog['record'] =>
  async (proposal, claim): Promise<RecordOutcome> => {
    const { users, cards, trades, idempotency, signals } = store;
    const { sender } = proposal;
    const reach = (step: Steps['pauseAfter']) => (step === pauseAfter ? pause() : undefined);
    const earlier = idempotency.find<TradeEntry>(sender.id, claim);
    if (earlier) return earlier;
    const card = cards.find(proposal.cardId);
    const recipient = users.find(proposal.recipient)?.user ?? null;
    if (card?.ownerId !== sender.id || !recipient || recipient.id === sender.id) {
      return { outcome: 'refused', facts: { cardOwnerId: card?.ownerId ?? null, recipientId: recipient?.id ?? null } };
    }
    await reach('check');
    const latest = await trades.latest([sender.id, recipient.id]);
    const { id: tradeId, cardId, createdAt } = proposal;
    const common = { tradeId, cardId, cardName: card.name, createdAt };
    const numberOf = (id: typeof sender.id): number => (latest.get(id) ?? 0) + 1;
    const sent: TradeEntry = {
      ...common,
      number: numberOf(sender.id),
      direction: 'sent',
      counterparty: publicUser(recipient),
    };
    const received: TradeEntry = {
      ...common,
      number: numberOf(recipient.id),
      direction: 'received',
      counterparty: sender,
    };
    await reach('numbers');
    const now = cards.find(cardId);
    // Without a pause after the check this repeats it.
    if (pauseAfter !== 'check' && now?.ownerId !== sender.id) {
      return { outcome: 'refused', facts: { cardOwnerId: now?.ownerId ?? null, recipientId: recipient.id } };
    }
    cards.move(now ?? card, recipient.id);
    trades.put(sender.id, sent);
    await reach('first entry');
    trades.put(recipient.id, received);
    await reach('trade');
    idempotency.keep(sender.id, claim, sent);
    void signals.publish({ kind: 'entries', userIds: [sender.id, recipient.id] });
    return { outcome: 'recorded', entry: sent };
  };

const steps = (pauseAfter: Steps['pauseAfter']): Omit<SimulationOptions, 'seed'> =>
  altered((store, pause) => ({
    trades: replaced<TradeLog>(store.trades, { record: recordInSteps(store, pause, { pauseAfter }) }),
  }));

export const plantedRaces: readonly PlantedRace[] = [
  {
    flaw: 'the owner of a card is checked before the change, not with it',
    options: steps('check'),
    shownBy: /again|of another|unlike the log|has \d owners/,
  },
  {
    flaw: 'the number of an entry is read before the entry is written',
    options: steps('numbers'),
    shownBy: /has number \d+ after/,
  },
  {
    flaw: 'the two entries of a trade are written in two transactions',
    options: steps('first entry'),
    shownBy: /in the log of the other party/,
  },
  {
    flaw: 'the idempotency record is written after the trade, in a transaction of its own',
    options: steps('trade'),
    shownBy: /recorded 2 trades|was refused, and recorded|refused after it was acknowledged/,
  },
  {
    flaw: 'a trade is signalled before it is committed',
    options: altered((store, pause) => {
      const signals = new Broadcast();
      store.signals.subscribe(signal => (signal.kind === 'entries' ? undefined : signals.publish(signal)));
      return {
        signals,
        trades: replaced<TradeLog>(store.trades, {
          record: async (proposal, claim) => {
            const recipient = store.users.find(proposal.recipient)?.user.id;
            const userIds = [proposal.sender.id, ...(recipient ? [recipient] : [])];
            void signals.publish({ kind: 'entries', userIds });
            for (let statement = 0; statement < 12; statement += 1) await pause();
            return store.trades.record(proposal, claim);
          },
        }),
      };
    }),
    shownBy: /entries a second after a trade/,
  },
  {
    flaw: 'a watch resumes after the newest entry, if only one is missing',
    options: rebuilt(ports => {
      const application = createUseCases(ports);
      const { watchTrades } = application.useCases;
      const execute: typeof watchTrades.execute = async input => {
        const latest = (await ports.trades.latest([input.caller.user.id])).get(input.caller.user.id) ?? 0;
        const isOneBehind = input.after !== null && parseTradeCursor(input.after) === latest - 1;
        return watchTrades.execute(isOneBehind ? { ...input, after: null } : input);
      };
      return { ...application, useCases: { ...application.useCases, watchTrades: { execute } } };
    }),
    shownBy: /where entry \d+ was next|has received \d+ of \d+/,
  },
  {
    flaw: 'a read of several new entries leaves out the second to last',
    options: altered(({ trades }) => ({
      trades: replaced<TradeLog>(trades, {
        entriesAfter: async (userId, after, limit) => {
          const entries = await trades.entriesAfter(userId, after, limit);
          return entries.filter((_entry, index) => index === 0 || index !== entries.length - 2);
        },
      }),
    })),
    shownBy: /where entry \d+ was next/,
  },
  {
    flaw: 'each process keeps sessions in a cache for five seconds',
    options: rebuilt(ports => {
      const cache = new Map<string, { readonly found: SessionOwner; readonly until: string }>();
      const use: Ports['sessions']['use'] = async (digest, bounds, touchedBefore) => {
        const cached = cache.get(digest);
        if (cached && bounds.now < cached.until && isLive(cached.found.session, bounds)) return cached.found;
        const found = await ports.sessions.use(digest, bounds, touchedBefore);
        const until = new Date(Date.parse(bounds.now) + 5000).toISOString();
        if (found) cache.set(digest, { found, until });
        return found;
      };
      return createUseCases({ ...ports, sessions: replaced(ports.sessions, { use }) });
    }),
    shownBy: /accepted after its end/,
  },
  {
    flaw: 'the revocation of all sessions misses one',
    options: altered(({ sessions }) => ({
      sessions: replaced<Storage['sessions']>(sessions, {
        removeAll: async (userId, except) => {
          const own = sessions.all().filter(({ session }) => session.userId === userId && session.id !== except);
          for (const { session } of own.slice(0, Math.max(1, own.length - 1)))
            await sessions.remove(userId, session.id);
        },
      }),
    })),
    shownBy: /accepted after its end|with an ended session/,
  },
  {
    flaw: 'the end of sessions is signalled before it is committed',
    options: altered(({ sessions, signals }, pause) => {
      const early = new Broadcast();
      signals.subscribe(signal => (signal.kind === 'sessions_ended' ? undefined : early.publish(signal)));
      return {
        signals: early,
        sessions: replaced<Storage['sessions']>(sessions, {
          removeAll: async (userId, except) => {
            const own = sessions.all().filter(({ session }) => session.userId === userId && session.id !== except);
            void early.publish({ kind: 'sessions_ended', sessionIds: own.map(({ session }) => session.id) });
            for (let statement = 0; statement < 60; statement += 1) await pause();
            await sessions.removeAll(userId, except);
          },
        }),
      };
    }),
    shownBy: /with an ended session a second after its end/,
  },
  {
    flaw: 'the sweep deletes every session that it has not read as live',
    options: altered(({ sessions }, pause) => ({
      sessions: replaced<Storage['sessions']>(sessions, {
        removeExpired: async bounds => {
          const live = sessions.all().filter(({ session }) => isLive(session, bounds));
          await pause();
          const dead = sessions.all().filter(({ digest }) => !live.some(each => each.digest === digest));
          for (const { session } of dead) await sessions.remove(session.userId, session.id);
          return dead.length;
        },
      }),
    })),
    shownBy: /live session was refused|watch of a live session ended/,
  },
  {
    flaw: 'the sweep deletes sessions a little before they are idle for too long',
    options: altered(({ sessions }) => ({
      sessions: replaced<Storage['sessions']>(sessions, {
        removeExpired: (bounds, limit) => {
          const early = (moment: string) => new Date(Date.parse(moment) + 15_000).toISOString() as typeof bounds.now;
          const idleSince = bounds.idleSince === null ? null : early(bounds.idleSince);
          return sessions.removeExpired({ now: early(bounds.now), idleSince }, limit);
        },
      }),
    })),
    shownBy: /live session was refused|watch of a live session ended/,
  },
  {
    flaw: 'the sweep forgets every idempotency key',
    options: altered(({ idempotency }) => ({
      idempotency: replaced<Storage['idempotency']>(idempotency, {
        removeExpired: (_before, limit) =>
          idempotency.removeExpired(
            '9999-01-01T00:00:00.000Z' as Parameters<typeof idempotency.removeExpired>[0],
            limit,
          ),
      }),
    })),
    shownBy: /recorded 2 trades|answered with 2 trades|refused after it was acknowledged|no answer named it/,
  },
  {
    flaw: 'a trade is sent again without its key after an error',
    options: rebuilt(ports => {
      const record: TradeLog['record'] = (proposal, claim) =>
        ports.trades.record(proposal, claim).catch((error: unknown) => {
          if (!(error instanceof StorageUnavailable)) throw error;
          return ports.trades.record(proposal, null);
        });
      return createUseCases({ ...ports, trades: replaced<TradeLog>(ports.trades, { record }) });
    }),
    shownBy: /was refused, and recorded a trade|without a key|in the log/,
  },
  {
    flaw: 'concurrent logins do not see the sessions of one another',
    options: altered((store, pause) => ({
      sessions: replaced<Storage['sessions']>(store.sessions, {
        add: async (session, digest, replaces, cap) => {
          const own = store.sessions.all().filter(each => each.session.userId === session.userId);
          const live = own.filter(each => isLive(each.session, cap));
          await pause();
          if (replaces !== null) {
            const old = own.find(each => each.digest === replaces);
            if (old) await store.sessions.remove(session.userId, old.session.id);
          }
          for (const each of live.slice(0, Math.max(0, live.length - cap.max + 1))) {
            await store.sessions.remove(session.userId, each.session.id);
          }
          store.sessions.put(session, digest);
        },
      }),
    })),
    shownBy: /live sessions/,
  },
  {
    flaw: 'the periodic check does not see entries whose signal was lost',
    options: altered(({ trades }) => ({
      trades: replaced<TradeLog>(trades, {
        latest: async userIds => (userIds.length > 1 ? new Map() : trades.latest(userIds)),
      }),
    })),
    shownBy: /entries after the last fault/,
  },
  {
    flaw: 'a session is accepted for ten minutes after it has expired',
    options: altered(({ sessions }) => ({
      sessions: replaced<Storage['sessions']>(sessions, {
        use: (digest, bounds, touchedBefore) =>
          sessions.use(digest, { ...bounds, now: addSeconds(bounds.now, -600) }, touchedBefore),
      }),
    })),
    shownBy: /an expired session was accepted/,
  },
  {
    flaw: 'a trade that waits for another one is refused as an outage',
    options: altered(({ trades }, pause) => {
      const locked = new Set<string>();
      const record: TradeLog['record'] = async (proposal, claim) => {
        if (locked.has(proposal.sender.id)) throw new StorageUnavailable();
        locked.add(proposal.sender.id);
        try {
          await pause();
          return await trades.record(proposal, claim);
        } finally {
          locked.delete(proposal.sender.id);
        }
      };
      return { trades: replaced<TradeLog>(trades, { record }) };
    }),
    shownBy: /storage_unavailable, and there was no fault/,
  },
  {
    flaw: 'trades wait in a queue that the end of the watch does not empty',
    options: rebuilt(ports => {
      const application = createUseCases(ports);
      const { watchTrades } = application.useCases;
      const execute: typeof watchTrades.execute = input =>
        watchTrades.execute({ ...input, onTrade: event => void ports.timers?.after(40, () => input.onTrade(event)) });
      return { ...application, useCases: { ...application.useCases, watchTrades: { execute } } };
    }),
    shownBy: /after the end of its watch/,
  },
  {
    flaw: 'only the first four characters of an idempotency key count',
    options: altered(({ trades }) => ({
      trades: replaced<TradeLog>(trades, {
        record: (proposal, claim) => trades.record(proposal, claim && { ...claim, key: claim.key.slice(0, 4) }),
      }),
    })),
    shownBy: /unexpected idempotency_conflict/,
  },
  {
    flaw: 'a registration that is repeated fails with an unknown error',
    options: altered(({ users }) => ({
      users: replaced<Storage['users']>(users, {
        add: async account => {
          if ((await users.add(account)) === 'added') return 'added';
          throw new Error('duplicate key value violates unique constraint');
        },
      }),
    })),
    shownBy: /registers .* failed: duplicate key/,
  },
  {
    flaw: 'a read during a write fails with an unknown error',
    options: altered(({ trades }, pause) => {
      let writing = 0;
      return {
        trades: replaced<TradeLog>(trades, {
          record: async (proposal, claim) => {
            writing += 1;
            await pause().finally(() => {
              writing -= 1;
            });
            return trades.record(proposal, claim);
          },
          entriesAfter: async (userId, after, limit) => {
            if (writing > 0) throw new Error('could not serialize access');
            return trades.entriesAfter(userId, after, limit);
          },
        }),
      };
    }),
    shownBy: /the watch ended with internal/,
  },
];
