import { afterEach, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { postgres } from '../../src/adapters/driven/postgres/index.js';
import type { TradepostError } from '../../src/index.js';
import { StorageUnavailable } from '../../src/index.js';
import { altered, silent } from '../live/altered.js';
import type { Opened, Person } from '../live/people.js';
import { openTradepost, pingPong, somebody, trade } from '../live/people.js';

const SOON = { timeout: 1000, interval: 5 };
/** The bound without signals: a check every 2 s, and the queries. */
const AT_THE_NEXT_CHECK = { timeout: 3000, interval: 10 };

async function opened(...parameters: Parameters<typeof openTradepost>): Promise<Opened> {
  const result = await openTradepost(...parameters);
  onTestFinished(() => result.tradepost.close());
  return result;
}

async function watching(
  { tradepost }: Opened,
  { token }: Pick<Person, 'token'>,
  after?: string,
): Promise<{ ids: string[]; cursors: string[]; ended: TradepostError[]; stop: () => void }> {
  const ids: string[] = [];
  const cursors: string[] = [];
  const ended: TradepostError[] = [];
  const listener = ({ id }: { id: string }, cursor: string): void => {
    ids.push(id);
    cursors.push(cursor);
  };
  const input = after === undefined ? { token } : { token, after };
  const stop = await tradepost.watchTrades(input, listener, { onEnd: reason => ended.push(reason) });
  return { ids, cursors, ended, stop };
}

afterEach(() => vi.useRealTimers());

describe('watching trades', () => {
  it('hands over what is recorded from now on, to sender and recipient, and nothing from before', async () => {
    const here = await opened(memory());
    const [ann, bob, eve] = [
      await somebody(here.tradepost),
      await somebody(here.tradepost),
      await somebody(here.tradepost),
    ];
    await trade(here.tradepost, ann, bob);
    const [annSees, bobSees, eveSees] = [
      await watching(here, ann),
      await watching(here, bob),
      await watching(here, eve),
    ];
    const made = [await trade(here.tradepost, ann, bob), await trade(here.tradepost, bob, ann)];
    await vi.waitFor(() => expect(annSees.ids).toEqual(made), SOON);
    await vi.waitFor(() => expect(bobSees.ids).toEqual(made), SOON);
    expect(eveSees.ids).toEqual([]);
  });

  it('misses nothing between a listing and the watch, and goes on from any cursor', async () => {
    const here = await opened(memory());
    const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
    await pingPong(here.tradepost, ann, bob, 3);
    const { latest } = await here.tradepost.listTrades({ token: ann.token });
    const made = await pingPong(here.tradepost, ann, bob, 250);
    const first = await watching(here, ann, latest);
    await vi.waitFor(() => expect(first.ids).toEqual(made), SOON);
    first.stop();
    const second = await watching(here, ann, first.cursors[99]);
    await vi.waitFor(() => expect(second.ids).toEqual(made.slice(100)), SOON);
  });

  it('refuses a cursor that is none, and one that is ahead of the log', async () => {
    const here = await opened(memory());
    const ann = await somebody(here.tradepost);
    for (const after of ['x', 't-1', 't9']) {
      await expect(watching(here, ann, after)).rejects.toMatchObject({
        code: 'validation_failed',
        errors: [{ pointer: '/after' }],
      });
    }
    await expect(watching(here, { token: 'no' })).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('delivers every trade once and in order while writers race', async () => {
    const here = await opened(postgres({ url: inject('postgresUrl'), schema: 'ws_watch' }));
    const people = [await somebody(here.tradepost), await somebody(here.tradepost), await somebody(here.tradepost)];
    const watches = await Promise.all(people.map(person => watching(here, person)));
    const [a, b, c] = people as [Person, Person, Person];
    const made = await Promise.all([
      pingPong(here.tradepost, a, b, 100),
      pingPong(here.tradepost, b, c, 100),
      pingPong(here.tradepost, c, a, 100),
    ]);
    for (const { ids } of watches) await vi.waitFor(() => expect(ids).toHaveLength(200), SOON);
    for (const [index, person] of people.entries()) {
      const page = await here.storage.trades.entriesAfter(person.id as never, 0, 1000);
      expect(watches[index]?.ids).toEqual(page.map(({ tradeId }) => tradeId));
    }
    expect(new Set(made.flat()).size).toBe(300);
  });

  it('loses nothing where every signal is lost, and is late by the interval of the check at most', async () => {
    const here = await opened(silent(memory()));
    const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
    const seen = await watching(here, bob);
    const made = await pingPong(here.tradepost, ann, bob, 5);
    await vi.waitFor(() => expect(seen.ids).toEqual(made), AT_THE_NEXT_CHECK);
    await here.tradepost.logout({ token: bob.token });
    await vi.waitFor(() => expect(seen.ended).toMatchObject([{ code: 'unauthenticated' }]), AT_THE_NEXT_CHECK);
  });

  it('goes on where it was when the store answers again', async () => {
    let failing = true;
    const here = await opened(
      altered(memory(), storage => {
        const read = storage.trades.entriesAfter.bind(storage.trades);
        storage.trades.entriesAfter = async (...range) => {
          if (failing) throw new StorageUnavailable();
          return read(...range);
        };
        return storage;
      }),
    );
    const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
    const seen = await watching(here, ann);
    const made = await pingPong(here.tradepost, ann, bob, 3);
    failing = false;
    await vi.waitFor(() => expect(seen.ids).toEqual(made), AT_THE_NEXT_CHECK);
    expect(seen.ended).toEqual([]);
  });

  it('reads once for all who watch the same log from the same place', async () => {
    let reads = 0;
    const here = await opened(
      altered(memory(), storage => {
        const read = storage.trades.entriesAfter.bind(storage.trades);
        storage.trades.entriesAfter = (...range) => {
          reads += 1;
          return read(...range);
        };
        return storage;
      }),
    );
    const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
    const watches = await Promise.all(Array.from({ length: 50 }, () => watching(here, bob)));
    await new Promise(resolve => setTimeout(resolve, 20));
    reads = 0;
    await trade(here.tradepost, ann, bob);
    for (const { ids } of watches) await vi.waitFor(() => expect(ids).toHaveLength(1), SOON);
    expect(reads).toBe(1);
  });

  it('waits for a listener that answers a promise, and ends with what a listener throws', async () => {
    const here = await opened(memory());
    const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
    let atOnce = 0;
    let most = 0;
    let count = 0;
    await here.tradepost.watchTrades({ token: ann.token }, async () => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      await new Promise(resolve => setTimeout(resolve, 1));
      atOnce -= 1;
      count += 1;
    });
    const ended: TradepostError[] = [];
    let calls = 0;
    const explode = (): void => {
      calls += 1;
      throw new Error('listener');
    };
    await here.tradepost.watchTrades({ token: bob.token }, explode, { onEnd: reason => ended.push(reason) });
    await pingPong(here.tradepost, ann, bob, 20);
    await vi.waitFor(() => expect(count).toBe(20), SOON);
    expect(most).toBe(1);
    expect(ended).toMatchObject([{ code: 'internal', cause: { message: 'listener' } }]);
    expect(calls).toBe(1);
  });

  it('stops when told to, in the middle of a page too', async () => {
    const here = await opened(memory());
    const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
    const { latest } = await here.tradepost.listTrades({ token: ann.token });
    await pingPong(here.tradepost, ann, bob, 10);
    const ids: string[] = [];
    const stop = await here.tradepost.watchTrades({ token: ann.token, after: latest }, ({ id }) => {
      if (ids.push(id) === 4) stop();
    });
    await vi.waitFor(() => expect(ids).toHaveLength(4), SOON);
    await trade(here.tradepost, ann, bob);
    await new Promise(resolve => setTimeout(resolve, 50));
    expect(ids).toHaveLength(4);
  });
});

describe('the end of a watched session', () => {
  it.each([
    ['logout', (here: Opened, { token }: Person) => here.tradepost.logout({ token })],
    ['revoke-all', (here: Opened, { token }: Person) => here.tradepost.revokeAllSessions({ token })],
  ])('%s ends the watches of that session and of no other', async (_how, end) => {
    const here = await opened(memory());
    const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
    const watches = [await watching(here, ann), await watching(here, ann)];
    const other = await watching(here, bob);
    await end(here, ann);
    for (const { ended } of watches)
      await vi.waitFor(() => expect(ended).toMatchObject([{ code: 'unauthenticated' }]), SOON);
    await trade(here.tradepost, bob, ann);
    await vi.waitFor(() => expect(other.ids).toHaveLength(1), SOON);
    expect(watches.flatMap(({ ids }) => ids)).toEqual([]);
    expect(other.ended).toEqual([]);
  });

  it('is noticed when its lifetime is over, though nobody signals it', async () => {
    const here = await opened(silent(memory()), { session: { lifetime: 1 } });
    const ann = await somebody(here.tradepost);
    const opened_ = Date.now();
    const { ended } = await watching(here, ann);
    await vi.waitFor(() => expect(ended).toMatchObject([{ code: 'unauthenticated' }]), { timeout: 2000, interval: 5 });
    expect(Date.now() - opened_).toBeGreaterThan(900);
  });

  it('is noticed when it was idle for too long, and not while another process uses it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
    let queries = 0;
    const counted = altered(memory(), storage => {
      const findLive = storage.sessions.findLive.bind(storage.sessions);
      storage.sessions.findLive = (...parameters) => {
        queries += 1;
        return findLive(...parameters);
      };
      return storage;
    });
    const here = await opened(counted, { session: { idleTimeout: 30 } });
    const ann = await somebody(here.tradepost);
    const { ended } = await watching(here, ann);
    for (let used = 0; used < 3; used += 1) {
      await vi.advanceTimersByTimeAsync(20_000);
      await here.tradepost.authenticate({ token: ann.token });
    }
    await vi.advanceTimersByTimeAsync(29_900);
    expect(ended).toEqual([]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(ended).toMatchObject([{ code: 'unauthenticated' }]);
    // One every 2 s, and one each time the session would have been idle for too long, had nobody used it.
    expect(queries).toBeLessThan(60);
  });

  it('is noticed where it came between finding the session and watching it', async () => {
    const here = await opened(silent(memory()));
    const ann = await somebody(here.tradepost);
    const { useCases } = here.tradepost;
    const caller = await useCases.authenticate.execute({ token: ann.token });
    await here.tradepost.logout({ token: ann.token });
    let ended = 0;
    const onEnd = (): void => {
      ended += 1;
    };
    await useCases.watchSession.execute({ caller, onEnd });
    await vi.waitFor(() => expect(ended).toBe(1), { timeout: 500, interval: 5 });
  });

  it('costs no query while nobody watches', async () => {
    let queries = 0;
    const here = await opened(
      altered(memory(), storage => {
        storage.trades.latest = async () => {
          queries += 1;
          return new Map();
        };
        return storage;
      }),
    );
    const ann = await somebody(here.tradepost);
    (await watching(here, ann)).stop();
    queries = 0;
    vi.useFakeTimers();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(queries).toBe(0);
  });
});
