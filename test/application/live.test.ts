import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveUpdates } from '../../src/application/live/live-updates.js';
import { SessionWatches } from '../../src/application/live/session-watches.js';
import type { LogPage } from '../../src/application/live/trade-reader.js';
import { TradeReader } from '../../src/application/live/trade-reader.js';
import { TradeWatches } from '../../src/application/live/trade-watches.js';
import { WatchSession } from '../../src/application/use-cases/watch-session.js';
import { WatchTrades } from '../../src/application/use-cases/watch-trades.js';
import { addSeconds } from '../../src/domain/timestamp.js';
import { publicUser } from '../../src/domain/user.js';
import type { Id, Session, SessionPolicy, Signal, TradeEntry, TradeEvent } from '../../src/index.js';
import { CardNotFound, StorageUnavailable } from '../../src/index.js';
import { ManualClock } from '../../src/testing/index.js';
import { newId, newSession, newUser, times } from '../../src/testing/storage-conformance/fixtures.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Lets everything happen that waits for no timer. */
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

/** Milliseconds from the end of a check that signals asked for to the next one. */
const PAUSE = 100;

const ann = newUser();
const bob = newUser();

const entryOf = (number: number): TradeEntry => ({
  number,
  direction: 'sent',
  tradeId: newId(),
  cardId: newId(),
  cardName: 'Ace' as never,
  counterparty: publicUser(bob),
  createdAt: ann.createdAt,
});

/** The log of one user, and how it was read. */
class Log {
  readonly entries: TradeEntry[] = [];
  readonly reads: [user: Id, after: number, limit: number][] = [];
  readonly asked: Id[][] = [];
  failure: Error | null = null;

  readonly trades = {
    entriesAfter: async (user: Id, after: number, limit: number) => {
      this.reads.push([user, after, limit]);
      if (this.failure) throw this.failure;
      return this.entries.filter(({ number }) => number > after).slice(0, limit);
    },
    latest: async (users: readonly Id[]) => {
      this.asked.push([...users]);
      if (this.failure) throw this.failure;
      return new Map(users.map(id => [id, this.entries.length]));
    },
  } as never;

  add(count = 1): void {
    for (const _ of times(count)) this.entries.push(entryOf(this.entries.length + 1));
  }
}

/** The sessions of a store, and which of them it was asked about. */
class Sessions {
  live: Session[] = [];
  readonly asked: Id[][] = [];
  failure: Error | null = null;

  readonly repository = {
    findLive: async (sessions: readonly { readonly id: Id }[]) => {
      this.asked.push(sessions.map(({ id }) => id));
      if (this.failure) throw this.failure;
      return this.live.filter(({ id }) => sessions.some(each => each.id === id));
    },
  } as never;

  open(overrides: Partial<Session> = {}): Session {
    const session = newSession(ann, {
      createdAt: clock.now(),
      lastUsedAt: clock.now(),
      expiresAt: addSeconds(clock.now(), 3600),
      ...overrides,
    });
    this.live.push(session);
    return session;
  }

  end(...ended: readonly Session[]): Id[] {
    this.live = this.live.filter(session => !ended.includes(session));
    return ended.map(({ id }) => id);
  }
}

let clock: ManualClock;
let log: Log;
let sessions: Sessions;
beforeEach(() => {
  clock = new ManualClock();
  log = new Log();
  sessions = new Sessions();
});

/** Milliseconds, for timers and for the clock. */
async function pass(milliseconds: number): Promise<void> {
  clock.advance(milliseconds / 1000);
  await vi.advanceTimersByTimeAsync(milliseconds);
}

describe('a reader of a log', () => {
  const tradeOf = (number: number): Id => `trade ${number}` as Id;

  type Page = Omit<LogPage, 'tradeAtPosition'> & Partial<LogPage>;

  const page = (numbers: readonly number[], more = false): Page => ({
    events: numbers.map(number => ({
      number,
      tradeId: tradeOf(number),
      event: { cursor: `t${number}` } as TradeEvent,
    })),
    more,
  });

  /** A reader that gets these pages one after the other, then empty ones. The log has lost nothing unless a page says so. */
  function readerOf(
    pages: readonly (Page | Error)[],
    onTrade: (cursor: string) => void | Promise<void> = () => {},
    position = 7,
  ) {
    const [reads, got, failures]: [number[], string[], unknown[]] = [[], [], []];
    const reader = new TradeReader(
      async after => {
        const next = pages[reads.push(after) - 1] ?? page([]);
        if (next instanceof Error) throw next;
        return { tradeAtPosition: after === 0 ? null : tradeOf(after), ...next };
      },
      position,
      {
        onTrade: ({ cursor }) => {
          got.push(cursor);
          return onTrade(cursor);
        },
        onFailure: error => void failures.push(error),
      },
    );
    return { reader, reads, got, failures };
  }

  it('delivers in order from its position on, and reads the next page only if there may be one', async () => {
    const { reader, reads, got, failures } = readerOf([page([8, 9], true), page([10])]);
    expect(reads).toEqual([]);
    reader.wake();
    await settle();
    expect([reads, got, reader.position, failures]).toEqual([[7, 9], ['t8', 't9', 't10'], 10, []]);
    reader.wake();
    await settle();
    expect(reads).toEqual([7, 9, 10]);
  });

  it('reads once more, however often it is woken during a read', async () => {
    const { reader, reads } = readerOf([page([8])], () => {
      reader.wake();
      reader.wake();
    });
    reader.wake();
    reader.wake();
    await settle();
    expect(reads).toEqual([7, 8]);
  });

  it('waits for the promise of a receiver', async () => {
    const { reader, got } = readerOf([page([8, 9])], () => new Promise(resolve => setTimeout(resolve, 10)));
    reader.wake();
    await settle();
    expect(got).toEqual(['t8']);
    await vi.advanceTimersByTimeAsync(10);
    expect(got).toEqual(['t8', 't9']);
  });

  it('stops within a page, and does not read after that', async () => {
    const { reader, reads, got } = readerOf([page([8, 9, 10], true)], cursor => {
      if (cursor === 't9') reader.stop();
    });
    reader.wake();
    await settle();
    reader.wake();
    await settle();
    expect([got, reads, reader.position]).toEqual([['t8', 't9'], [7], 9]);
  });

  it('waits while the store is unavailable, and goes on where it was', async () => {
    const { reader, reads, got, failures } = readerOf([page([8], true), new StorageUnavailable(), page([9])]);
    reader.wake();
    await settle();
    expect([reads, failures]).toEqual([[7, 8], []]);
    reader.wake();
    await settle();
    expect([got, reads]).toEqual([
      ['t8', 't9'],
      [7, 8, 8],
    ]);
  });

  it('reports any other error, unless it was stopped before', async () => {
    const error = new Error('read');
    const failed = readerOf([error]);
    failed.reader.wake();
    await settle();
    expect(failed.failures).toEqual([error]);
    const stopped = readerOf([error]);
    stopped.reader.wake();
    stopped.reader.stop();
    await settle();
    expect(stopped.failures).toEqual([]);
  });

  it('reports the error of a receiver, and does not deliver that trade again', async () => {
    const error = new Error('receiver');
    const { reader, reads, got, failures } = readerOf([page([8, 9]), page([9])], cursor => {
      if (cursor === 't8') throw error;
    });
    reader.wake();
    await settle();
    expect([failures, reader.position]).toEqual([[error], 8]);
    reader.wake();
    await settle();
    expect([got, reads]).toEqual([['t8'], [7]]);
  });

  const AHEAD = expect.objectContaining({
    errors: [{ pointer: '/after', detail: 'is ahead of your trades; it is not a cursor of this list' }],
  });

  it.each([
    ['the log is shorter than the position', [{ ...page([9]), tradeAtPosition: null }], 7, []],
    ['another trade is at the position', [page([8]), { ...page([9]), tradeAtPosition: tradeOf(7) }], 7, ['t8']],
    ['another trade is at the first position', [page([]), { ...page([8]), tradeAtPosition: tradeOf(6) }], 7, []],
  ])('fails where %s, because the log has lost entries', async (_case, pages, position, delivered) => {
    const { reader, got, failures } = readerOf(pages, undefined, position);
    reader.wake();
    await settle();
    reader.wake();
    await settle();
    expect([got, failures]).toEqual([delivered, [AHEAD]]);
  });

  it('begins before the first entry, where there is no trade', async () => {
    const { reader, got, failures } = readerOf([page([]), page([1])], undefined, 0);
    reader.wake();
    await settle();
    reader.wake();
    await settle();
    expect([got, failures, reader.position]).toEqual([['t1'], [], 1]);
  });

  it('compared with the end of its log reads on, fails, or does nothing', async () => {
    const { reader, reads, failures } = readerOf([]);
    reader.compare(7, 7);
    await settle();
    expect(reads).toEqual([]);
    reader.compare(7, 8);
    await settle();
    expect([reads, failures]).toEqual([[7], []]);
    reader.compare(8, 7);
    reader.compare(8, 7);
    expect(failures).toEqual([AHEAD]);
  });
});

describe('the trade watches of a process', () => {
  function watches() {
    let changes = 0;
    const all = new TradeWatches(log.trades, () => {
      changes += 1;
    });
    const watch = (user = ann, after = 0) => {
      const got: string[] = [];
      const failures: unknown[] = [];
      const stop = all.add(publicUser(user), after, {
        onTrade: ({ cursor }) => void got.push(cursor),
        onFailure: error => void failures.push(error),
      });
      return { got, failures, stop };
    };
    return { all, watch, changes: () => changes };
  }

  it('deliver what is in the log and what a wake-up is about, as trades with cursors', async () => {
    const { all } = watches();
    log.add();
    const events: TradeEvent[] = [];
    all.add(publicUser(ann), 0, { onTrade: event => void events.push(event), onFailure: () => undefined });
    await settle();
    const [entry] = log.entries;
    expect(events).toEqual([
      {
        trade: {
          id: entry?.tradeId,
          cardId: entry?.cardId,
          cardName: 'Ace',
          sender: publicUser(ann),
          recipient: publicUser(bob),
          createdAt: entry?.createdAt,
        },
        cursor: 't1',
      },
    ]);
    log.add();
    all.wake([bob.id]);
    await settle();
    expect(events).toHaveLength(1);
    all.wake([bob.id, ann.id]);
    await settle();
    expect(events.map(({ cursor }) => cursor)).toEqual(['t1', 't2']);
  });

  it('read pages of 100 entries, and another one only after a full one', async () => {
    const { watch } = watches();
    log.add(100);
    const full = watch();
    await settle();
    expect(full.got).toHaveLength(100);
    expect(log.reads).toEqual([
      [ann.id, 0, 100],
      [ann.id, 99, 101],
    ]);
    log.reads.length = 0;
    watch(ann, 2);
    await settle();
    expect(log.reads).toEqual([[ann.id, 1, 101]]);
  });

  it('share a read that has not begun, of the same log and position only', async () => {
    const { all, watch } = watches();
    log.add(2);
    watch();
    watch();
    watch(ann, 2);
    watch(bob);
    await settle();
    expect(log.reads.map(([user, after]) => [user, after])).toEqual([
      [ann.id, 0],
      [ann.id, 1],
      [bob.id, 0],
    ]);
    log.reads.length = 0;
    all.wake([ann.id]);
    await settle();
    all.wake([ann.id]);
    await settle();
    expect(log.reads).toHaveLength(2);
  });

  it('count users, and report when their number may have changed', async () => {
    const { all, watch, changes } = watches();
    const [first, second, other] = [watch(), watch(), watch(bob)];
    expect([all.size, changes()]).toEqual([2, 3]);
    first.stop();
    expect([all.size, changes()]).toEqual([2, 3]);
    second.stop();
    expect([all.size, changes()]).toEqual([1, 4]);
    second.stop();
    expect([all.size, changes()]).toEqual([1, 4]);
    log.add();
    all.wake([ann.id, bob.id]);
    await settle();
    expect([first.got, second.got, other.got]).toEqual([[], [], ['t1']]);
  });

  it('that were stopped twice do not end a later watch of the same user', async () => {
    const { all, watch } = watches();
    const first = watch();
    first.stop();
    const second = watch();
    first.stop();
    expect(all.size).toBe(1);
    log.add();
    all.wake([ann.id]);
    await settle();
    expect(second.got).toEqual(['t1']);
  });

  it('check all logs with one query, and read only those they are behind of', async () => {
    const { all, watch } = watches();
    log.add(2);
    const [behind, ahead] = [watch(), watch(bob, 2)];
    await settle();
    log.reads.length = 0;
    await all.check();
    await settle();
    expect([log.asked, log.reads]).toEqual([[[ann.id, bob.id]], []]);
    log.add();
    await all.check();
    await settle();
    expect([behind.got, ahead.got]).toEqual([['t1', 't2', 't3'], ['t3']]);
    log.failure = new StorageUnavailable();
    await expect(all.check()).rejects.toBe(log.failure);
  });

  it('end all at once', async () => {
    const { all, watch } = watches();
    const [one, other] = [watch(), watch(bob)];
    await settle();
    log.reads.length = 0;
    all.clear();
    expect(all.size).toBe(0);
    log.add();
    all.wake([ann.id, bob.id]);
    one.stop();
    await settle();
    expect([one.got, other.got, log.reads]).toEqual([[], [], []]);
  });
});

describe('the session watches of a process', () => {
  const HOUR = 3_600_000;

  function watches(policy: SessionPolicy = { lifetime: 3600, idleTimeout: null, maxPerUser: 100 }) {
    let changes = 0;
    const all = new SessionWatches(sessions.repository, clock, policy, () => {
      changes += 1;
    });
    const watch = (session: Session) => {
      const seen = { ended: 0 };
      const stop = all.add(session, () => {
        seen.ended += 1;
      });
      return Object.assign(seen, { stop });
    };
    return { all, watch, changes: () => changes };
  }

  it('notify each watcher of a session once when it is ended, and those of no other session', async () => {
    const { all, watch, changes } = watches();
    const [one, other] = [sessions.open(), sessions.open()];
    const seen = [watch(one), watch(one), watch(other)];
    expect([all.size, changes()]).toEqual([2, 3]);
    await settle();
    const ids = sessions.end(one);
    sessions.asked.length = 0;
    all.confirm([newId(), ...ids]);
    await settle();
    all.confirm(ids);
    await pass(PAUSE);
    expect(sessions.asked).toEqual([ids]);
    expect(seen.map(({ ended }) => ended)).toEqual([1, 1, 0]);
    expect([all.size, changes()]).toEqual([1, 4]);
    await pass(HOUR + 1);
    expect(seen.map(({ ended }) => ended)).toEqual([1, 1, 1]);
  });

  it('end no session that the store confirms to be live', async () => {
    const { all, watch } = watches();
    const session = sessions.open();
    const seen = watch(session);
    await settle();
    sessions.asked.length = 0;
    all.confirm([session.id]);
    await settle();
    expect([seen.ended, sessions.asked]).toEqual([0, [[session.id]]]);
  });

  it('share a query among the sessions that were named since the last one, and pause between queries', async () => {
    const { all, watch } = watches();
    const opened = [sessions.open(), sessions.open(), sessions.open()] as const;
    for (const session of opened) watch(session);
    await settle();
    sessions.asked.length = 0;
    const [first, second, third] = opened.map(({ id }) => [id]) as [[Id], [Id], [Id]];
    all.confirm(first);
    await settle();
    for (const ids of [second, third, second]) all.confirm(ids);
    await pass(PAUSE - 1);
    expect(sessions.asked).toEqual([first]);
    await pass(1);
    expect(sessions.asked).toEqual([first, [...second, ...third]]);
    await pass(10 * PAUSE);
    expect(sessions.asked).toHaveLength(2);
  });

  it('ask again after the pause while the store fails', async () => {
    const { all, watch } = watches();
    const session = sessions.open();
    const seen = watch(session);
    await settle();
    sessions.asked.length = 0;
    sessions.failure = new StorageUnavailable();
    all.confirm(sessions.end(session));
    await settle();
    await pass(PAUSE);
    expect([seen.ended, sessions.asked]).toEqual([0, [[session.id], [session.id]]]);
    sessions.failure = null;
    await pass(PAUSE);
    expect([seen.ended, sessions.asked.length]).toEqual([1, 3]);
  });

  it('ask no more about a session whose watch ended meanwhile', async () => {
    const { all, watch } = watches();
    const [session, other] = [sessions.open(), sessions.open()];
    const seen = watch(session);
    watch(other);
    await settle();
    all.confirm([other.id]);
    await settle();
    sessions.asked.length = 0;
    all.confirm([session.id, other.id]);
    seen.stop();
    await pass(PAUSE);
    expect(sessions.asked).toEqual([[other.id]]);
  });

  it('call a watcher twice that was added twice, and one that stopped never', async () => {
    const { all } = watches();
    const session = sessions.open();
    let ended = 0;
    const onEnd = (): void => {
      ended += 1;
    };
    const [stop] = [all.add(session, onEnd), all.add(session, onEnd)];
    all.add(session, onEnd);
    stop();
    expect(all.size).toBe(1);
    all.confirm(sessions.end(session));
    await settle();
    expect(ended).toBe(2);
    stop();
    expect(ended).toBe(2);
  });

  it('forget a session without watchers', async () => {
    const { all, watch, changes } = watches();
    const session = sessions.open();
    const seen = watch(session);
    await settle();
    seen.stop();
    expect([all.size, changes(), vi.getTimerCount()]).toEqual([0, 2, 0]);
    sessions.asked.length = 0;
    all.confirm(sessions.end(session));
    await pass(2 * HOUR);
    expect([seen.ended, sessions.asked]).toEqual([0, []]);
  });

  it('notify of the expiry in its millisecond, without a query', async () => {
    const { watch } = watches();
    const seen = watch(sessions.open({ expiresAt: addSeconds(clock.now(), 10) }));
    await settle();
    const queries = sessions.asked.length;
    await pass(9_999);
    expect(seen.ended).toBe(0);
    await pass(2);
    expect(seen.ended).toBe(1);
    expect(sessions.asked).toHaveLength(queries);
  });

  it('notify of the expiry without a query where the clock is a little behind the timers', async () => {
    const { watch } = watches();
    const seen = watch(sessions.open({ expiresAt: addSeconds(clock.now(), 10) }));
    await settle();
    clock.advance(10);
    await vi.advanceTimersByTimeAsync(10_001);
    expect([seen.ended, sessions.asked.length]).toEqual([1, 1]);
  });

  it('notify once of a session that ends while the store is asked about it', async () => {
    const { all, watch } = watches();
    const session = sessions.open();
    const seen = watch(session);
    await settle();
    sessions.asked.length = 0;
    const checking = all.check();
    all.confirm(sessions.end(session));
    await checking;
    await settle();
    expect([seen.ended, sessions.asked.length]).toEqual([1, 2]);
  });

  it('that ended do not end a later watch of the same session when they are stopped', async () => {
    const { all, watch } = watches();
    const session = sessions.open();
    const first = watch(session);
    const ids = sessions.end(session);
    await all.check();
    expect([first.ended, all.size]).toEqual([1, 0]);
    sessions.live = [session];
    const second = watch(session);
    await settle();
    first.stop();
    expect(all.size).toBe(1);
    sessions.end(session);
    all.confirm(ids);
    await settle();
    expect([first.ended, second.ended]).toEqual([1, 1]);
  });

  it('split long waits, so that a clock that was set forward is noticed within an hour', async () => {
    const { watch } = watches();
    const seen = watch(sessions.open({ expiresAt: addSeconds(clock.now(), 10 * 86_400) }));
    await pass(3 * HOUR);
    expect([seen.ended, sessions.asked.length]).toEqual([0, 1]);
    clock.advance(20 * 86_400);
    await vi.advanceTimersByTimeAsync(HOUR - 1);
    expect(seen.ended).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(seen.ended).toBe(1);
  });

  it('with an idle timeout ask the store whether another process has used the session', async () => {
    const { watch } = watches({ lifetime: 3600, idleTimeout: 60, maxPerUser: 100 });
    const session = sessions.open();
    const seen = watch(session);
    await settle();
    await pass(30_000);
    sessions.live = [{ ...session, lastUsedAt: clock.now() }];
    const queries = sessions.asked.length;
    await pass(30_001);
    expect([seen.ended, sessions.asked.length]).toEqual([0, queries + 1]);
    await pass(29_998);
    expect([seen.ended, sessions.asked.length]).toEqual([0, queries + 1]);
    sessions.live = [];
    await pass(3);
    expect(seen.ended).toBe(1);
  });

  it('with an idle timeout end at the expiry if that comes first', async () => {
    const { watch } = watches({ lifetime: 3600, idleTimeout: 60, maxPerUser: 100 });
    const seen = watch(sessions.open({ expiresAt: addSeconds(clock.now(), 10) }));
    await settle();
    await pass(10_001);
    expect([seen.ended, sessions.asked.length]).toEqual([1, 1]);
  });

  it('leave it to the next check when the store fails while a session may be idle', async () => {
    const { all, watch } = watches({ lifetime: 3600, idleTimeout: 60, maxPerUser: 100 });
    const seen = watch(sessions.open());
    await settle();
    sessions.failure = new StorageUnavailable();
    await pass(60_001);
    await expect(all.check()).rejects.toBe(sessions.failure);
    expect(seen.ended).toBe(0);
    sessions.failure = null;
    sessions.live = [];
    await all.check();
    expect(seen.ended).toBe(1);
  });

  it('do not wait for the due time of a session that was forgotten during the query', async () => {
    const { watch } = watches({ lifetime: 3600, idleTimeout: 60, maxPerUser: 100 });
    const session = sessions.open();
    const seen = watch(session);
    await settle();
    sessions.live = [{ ...session, lastUsedAt: addSeconds(clock.now(), 60) }];
    clock.advance(60.001);
    vi.advanceTimersByTime(60_001);
    seen.stop();
    await settle();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('notice a session that ended before it was watched, and ignore that they cannot ask', async () => {
    const { all, watch } = watches();
    const [ended, live] = [newSession(ann), sessions.open()];
    const seen = [watch(ended), watch(live)];
    await settle();
    expect(seen.map(each => each.ended)).toEqual([1, 0]);
    expect(sessions.asked).toEqual([[ended.id], [live.id]]);
    sessions.failure = new StorageUnavailable();
    const unasked = watch(sessions.open());
    await settle();
    expect([unasked.ended, all.size]).toEqual([0, 2]);
  });

  it('end all at once without a notice', async () => {
    const { all, watch } = watches();
    const seen = [watch(sessions.open()), watch(sessions.open())];
    await settle();
    all.clear();
    expect([all.size, vi.getTimerCount()]).toEqual([0, 0]);
    await pass(2 * HOUR);
    expect(seen.map(({ ended }) => ended)).toEqual([0, 0]);
  });
});

describe('live updates', () => {
  class Signals {
    listeners: ((signal: Signal) => void | Promise<void>)[] = [];
    subscribed = 0;

    subscribe(listener: (signal: Signal) => void | Promise<void>): () => void {
      this.subscribed += 1;
      this.listeners.push(listener);
      return () => {
        this.listeners = this.listeners.filter(each => each !== listener);
      };
    }

    publish(signal: Signal): Promise<unknown> {
      return Promise.all(this.listeners.map(listener => listener(signal)));
    }
  }

  function start() {
    const signals = new Signals();
    const live = new LiveUpdates(signals, log.trades, sessions.repository, clock, {
      lifetime: 3600,
      idleTimeout: null,
      maxPerUser: 100,
    });
    const got: string[] = [];
    const watchTrades = () =>
      live.trades.add(publicUser(ann), 0, {
        onTrade: ({ cursor }) => void got.push(cursor),
        onFailure: () => undefined,
      });
    return { signals, live, got, watchTrades };
  }

  it('subscribe and check only while there is a watch of either kind', async () => {
    const { signals, live, watchTrades } = start();
    expect([signals.subscribed, vi.getTimerCount()]).toEqual([0, 0]);
    const stopTrades = watchTrades();
    const stopSession = live.sessions.add(sessions.open(), () => undefined);
    await settle();
    expect([signals.subscribed, signals.listeners.length]).toEqual([1, 1]);
    stopTrades();
    expect(signals.listeners).toHaveLength(1);
    stopSession();
    expect([signals.listeners.length, vi.getTimerCount()]).toEqual([0, 0]);
    watchTrades();
    expect([signals.subscribed, signals.listeners.length]).toEqual([2, 1]);
  });

  it('wake trade watches, end session watches, and check everything, each on its signal', async () => {
    const { signals, live, got, watchTrades } = start();
    watchTrades();
    const [one, other] = [sessions.open(), sessions.open()];
    const ended: string[] = [];
    live.sessions.add(one, () => void ended.push('one'));
    live.sessions.add(other, () => void ended.push('other'));
    await settle();
    log.add();
    await signals.publish({ kind: 'entries', userIds: [bob.id] });
    await settle();
    expect(got).toEqual([]);
    await signals.publish({ kind: 'entries', userIds: [ann.id] });
    await settle();
    expect([got, ended, log.asked]).toEqual([['t1'], [], []]);
    sessions.end(one, other);
    await signals.publish({ kind: 'sessions_ended', sessionIds: [one.id] });
    await settle();
    expect([ended, log.asked]).toEqual([['one'], []]);
    log.add();
    await signals.publish({ kind: 'missed' });
    await settle();
    expect([got, ended, log.asked.length]).toEqual([['t1', 't2'], ['one', 'other'], 1]);
  });

  it('check every two seconds, also after a check that failed', async () => {
    const { got, watchTrades } = start();
    watchTrades();
    await settle();
    log.add();
    await vi.advanceTimersByTimeAsync(1_999);
    expect(got).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(got).toEqual(['t1']);
    log.failure = new Error('no connection');
    await vi.advanceTimersByTimeAsync(2_000);
    log.failure = null;
    log.add();
    await vi.advanceTimersByTimeAsync(2_000);
    expect([got, log.asked.length]).toEqual([['t1', 't2'], 3]);
  });

  it('run one check at a time, and one more for all requests during it', async () => {
    const { signals, watchTrades } = start();
    watchTrades();
    await settle();
    let running = 0;
    let most = 0;
    let checks = 0;
    Object.assign(log.trades, {
      latest: async () => {
        running += 1;
        checks += 1;
        most = Math.max(most, running);
        await new Promise(resolve => setTimeout(resolve, 10));
        running -= 1;
        return new Map();
      },
    });
    const missed = (): Promise<unknown> => signals.publish({ kind: 'missed' });
    const first = missed();
    await settle();
    let done = false;
    const others = Promise.all([missed(), missed(), missed()]).then(() => {
      done = true;
    });
    await vi.advanceTimersByTimeAsync(10 + PAUSE - 1);
    expect([checks, done]).toEqual([1, false]);
    await vi.advanceTimersByTimeAsync(1);
    expect([checks, done]).toEqual([2, false]);
    await vi.advanceTimersByTimeAsync(10);
    await Promise.all([first, others]);
    expect([checks, most]).toEqual([2, 1]);
    await vi.advanceTimersByTimeAsync(PAUSE);
    void missed();
    await settle();
    expect(checks).toBe(3);
  });

  it('do not check again after the last watch has ended during a check', async () => {
    const { signals, watchTrades } = start();
    const stop = watchTrades();
    await settle();
    let finish: () => void = () => undefined;
    let checks = 0;
    Object.assign(log.trades, {
      latest: async () => {
        checks += 1;
        await new Promise<void>(resolve => {
          finish = resolve;
        });
        return new Map();
      },
    });
    const [listener] = signals.listeners;
    void signals.publish({ kind: 'missed' });
    await settle();
    void signals.publish({ kind: 'missed' });
    stop();
    finish();
    await vi.advanceTimersByTimeAsync(10 * PAUSE);
    void listener?.({ kind: 'missed' });
    await vi.advanceTimersByTimeAsync(10 * PAUSE);
    expect(checks).toBe(1);
  });

  it('end everything when they are closed, and start nothing after that', async () => {
    const { signals, live, got, watchTrades } = start();
    watchTrades();
    let ended = 0;
    live.sessions.add(sessions.open(), () => {
      ended += 1;
    });
    await settle();
    live.close();
    expect([signals.listeners.length, live.trades.size, live.sessions.size, vi.getTimerCount()]).toEqual([0, 0, 0, 0]);
    watchTrades();
    expect([signals.listeners.length, vi.getTimerCount()]).toEqual([0, 0]);
    await pass(7_200_000);
    expect([got, ended]).toEqual([[], 0]);
  });

  describe('a watch of trades', () => {
    const caller = () => ({ user: ann, session: sessions.open() });

    function useCase() {
      const { live, signals } = start();
      const got: string[] = [];
      const ended: { readonly code: string; readonly cause?: unknown }[] = [];
      const watchTrades = new WatchTrades(live.trades, live.sessions);
      const watch = (after: string | null, onTrade: () => void = () => undefined, by = caller()) =>
        watchTrades.execute({
          caller: by,
          after,
          onTrade: ({ cursor }) => {
            got.push(cursor);
            onTrade();
          },
          onEnd: reason => void ended.push(reason),
        });
      return { live, signals, got, ended, watch };
    }

    it('begins at the newest trade or at a cursor, and delivers nothing before it is begun', async () => {
      const { got, watch } = useCase();
      log.add(2);
      const [now, earlier] = [await watch(null), await watch('t0')];
      expect([now.cursor, earlier.cursor, (await watch('t2')).cursor]).toEqual(['t2', 't0', 't2']);
      await settle();
      expect(got).toEqual([]);
      now.begin();
      await settle();
      expect(got).toEqual([]);
      earlier.begin();
      earlier.begin();
      await settle();
      expect(got).toEqual(['t1', 't2']);
    });

    it('begins at zero where the store leaves out an empty log', async () => {
      const { watch } = useCase();
      Object.assign(log.trades, { latest: async () => new Map() });
      expect((await watch(null)).cursor).toBe('t0');
    });

    it('refuses a cursor that does not parse or is ahead of the log', async () => {
      const { watch } = useCase();
      log.add();
      await expect(watch('x')).rejects.toMatchObject({ code: 'validation_failed' });
      const detail = 'is ahead of your trades; it is not a cursor of this list';
      await expect(watch('t2')).rejects.toMatchObject({ errors: [{ pointer: '/after', detail }] });
    });

    it('ends once, with the session, whether it was begun or not', async () => {
      const { live, ended, watch } = useCase();
      const [begun, not] = [caller(), caller()];
      (await watch(null, undefined, begun)).begin();
      const waiting = await watch(null, undefined, not);
      live.sessions.confirm(sessions.end(begun.session, not.session));
      await settle();
      waiting.begin();
      await settle();
      expect(ended).toMatchObject([{ code: 'unauthenticated' }, { code: 'unauthenticated' }]);
      expect([live.trades.size, live.sessions.size]).toEqual([0, 0]);
    });

    it('ends with the error of Tradepost that stopped it; any other is internal', async () => {
      const { live, ended, watch } = useCase();
      log.add();
      const known = new CardNotFound();
      const unknown = new Error('listener');
      for (const error of [known, unknown]) {
        const { begin } = await watch('t0', () => {
          throw error;
        });
        begin();
        await settle();
      }
      expect(ended[0]).toBe(known);
      expect(ended[1]).toMatchObject({ code: 'internal', cause: unknown });
      expect([ended.length, live.sessions.size]).toEqual([2, 0]);
    });

    it('reports nothing after it was stopped', async () => {
      const { live, got, ended, watch } = useCase();
      const by = caller();
      const { begin, stop } = await watch(null, undefined, by);
      begin();
      await settle();
      stop();
      stop();
      begin();
      expect([live.trades.size, live.sessions.size]).toEqual([0, 0]);
      live.sessions.confirm(sessions.end(by.session));
      log.add();
      await settle();
      expect([got, ended]).toEqual([[], []]);
    });

    it('of a session alone calls back at its end', async () => {
      const { live } = useCase();
      let ended = 0;
      const by = caller();
      const onEnd = (): void => {
        ended += 1;
      };
      const stop = await new WatchSession(live.sessions).execute({ caller: by, onEnd });
      live.sessions.confirm(sessions.end(by.session));
      await settle();
      stop();
      expect(ended).toBe(1);
    });
  });
});
