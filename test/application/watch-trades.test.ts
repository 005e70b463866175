import { afterEach, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { postgres } from '../../src/adapters/driven/postgres/index.js';
import type { TradepostError } from '../../src/index.js';
import { StorageUnavailable } from '../../src/index.js';
import type { Opened, Person } from '../support/library-users.js';
import { openTradepost, pingPong, somebody, trade } from '../support/library-users.js';
import { altered, silent } from '../support/stores/altered.js';
import { lossy } from '../support/stores/lossy.js';

const SOON = { timeout: 1000, interval: 5 };
/** The bound without signals: the next check, at most 2 s later, and its queries. */
const BY_THE_NEXT_CHECK = { timeout: 3000, interval: 10 };

const AHEAD = { code: 'validation_failed', errors: [{ pointer: '/after' }] };

async function open(...parameters: Parameters<typeof openTradepost>): Promise<Opened> {
  const result = await openTradepost(...parameters);
  onTestFinished(() => result.tradepost.close());
  return result;
}

async function watch(
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
  it('delivers new trades to sender and recipient, and none from before', async () => {
    const here = await open(memory());
    const [ann, bob, eve] = [
      await somebody(here.tradepost),
      await somebody(here.tradepost),
      await somebody(here.tradepost),
    ];
    await trade(here.tradepost, ann, bob);
    const [annSees, bobSees, eveSees] = [await watch(here, ann), await watch(here, bob), await watch(here, eve)];
    const made = [await trade(here.tradepost, ann, bob), await trade(here.tradepost, bob, ann)];
    await vi.waitFor(() => expect(annSees.ids).toEqual(made), SOON);
    await vi.waitFor(() => expect(bobSees.ids).toEqual(made), SOON);
    expect(eveSees.ids).toEqual([]);
  });

  it('misses nothing between a list and the watch, and resumes from any cursor', async () => {
    const here = await open(memory());
    const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
    await pingPong(here.tradepost, ann, bob, 3);
    const { latest } = await here.tradepost.listTrades({ token: ann.token });
    const made = await pingPong(here.tradepost, ann, bob, 250);
    const first = await watch(here, ann, latest);
    await vi.waitFor(() => expect(first.ids).toEqual(made), SOON);
    first.stop();
    const second = await watch(here, ann, first.cursors[99]);
    await vi.waitFor(() => expect(second.ids).toEqual(made.slice(100)), SOON);
  });

  it('refuses an invalid cursor and one that is ahead of the log', async () => {
    const here = await open(memory());
    const ann = await somebody(here.tradepost);
    for (const after of ['x', 't-1', 't9']) {
      await expect(watch(here, ann, after)).rejects.toMatchObject({
        code: 'validation_failed',
        errors: [{ pointer: '/after' }],
      });
    }
    await expect(watch(here, { token: 'no' })).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('ends a watch at once where the store has lost trades that the watch delivered', async () => {
    const { storage, lose } = lossy();
    const here = await open(storage);
    const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
    const seen = await watch(here, bob);
    const made = await pingPong(here.tradepost, ann, bob, 3);
    await vi.waitFor(() => expect(seen.ids).toEqual(made), SOON);
    lose(2);
    await trade(here.tradepost, ann, bob);
    await vi.waitFor(() => expect(seen.ended).toMatchObject([AHEAD]), SOON);
    await trade(here.tradepost, ann, bob);
    expect(seen.ids).toEqual(made);
    // As on resuming.
    await expect(watch(here, bob, 't9')).rejects.toMatchObject(AHEAD);
  });

  it('ends a watch where other trades have got the numbers of lost ones', async () => {
    const { storage, lose } = lossy();
    const here = await open(silent(storage));
    const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
    const seen = await watch(here, bob);
    const made = await pingPong(here.tradepost, ann, bob, 3);
    await vi.waitFor(() => expect(seen.ids).toEqual(made), BY_THE_NEXT_CHECK);
    lose(2);
    await pingPong(here.tradepost, ann, bob, 5);
    await vi.waitFor(() => expect(seen.ended).toMatchObject([AHEAD]), BY_THE_NEXT_CHECK);
    expect(seen.ids).toEqual(made);
  });

  it('ends an idle watch of a log that became shorter with the next check', async () => {
    const { storage, lose } = lossy();
    const here = await open(silent(storage));
    const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
    await pingPong(here.tradepost, ann, bob, 3);
    const { latest } = await here.tradepost.listTrades({ token: bob.token });
    const seen = await watch(here, bob, latest);
    await new Promise(resolve => setTimeout(resolve, 50));
    lose(3);
    await vi.waitFor(() => expect(seen.ended).toMatchObject([AHEAD]), BY_THE_NEXT_CHECK);
    expect(seen.ended).toHaveLength(1);
  });

  it('delivers every trade once and in order during concurrent writes', async () => {
    const here = await open(postgres({ url: inject('postgresUrl'), schema: 'ws_watch' }));
    const people = [await somebody(here.tradepost), await somebody(here.tradepost), await somebody(here.tradepost)];
    const watches = await Promise.all(people.map(person => watch(here, person)));
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

  it('loses nothing if all signals are lost, and is late by at most the check interval', async () => {
    const here = await open(silent(memory()));
    const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
    const seen = await watch(here, bob);
    const made = await pingPong(here.tradepost, ann, bob, 5);
    await vi.waitFor(() => expect(seen.ids).toEqual(made), BY_THE_NEXT_CHECK);
    await here.tradepost.logout({ token: bob.token });
    await vi.waitFor(() => expect(seen.ended).toMatchObject([{ code: 'unauthenticated' }]), BY_THE_NEXT_CHECK);
  });

  it('resumes when the store responds again', async () => {
    let failing = true;
    const here = await open(
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
    const seen = await watch(here, ann);
    const made = await pingPong(here.tradepost, ann, bob, 3);
    failing = false;
    await vi.waitFor(() => expect(seen.ids).toEqual(made), BY_THE_NEXT_CHECK);
    expect(seen.ended).toEqual([]);
  });

  it('reads once for all watches at the same position of one log', async () => {
    let reads = 0;
    const here = await open(
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
    const watches = await Promise.all(Array.from({ length: 50 }, () => watch(here, bob)));
    await new Promise(resolve => setTimeout(resolve, 20));
    reads = 0;
    await trade(here.tradepost, ann, bob);
    for (const { ids } of watches) await vi.waitFor(() => expect(ids).toHaveLength(1), SOON);
    expect(reads).toBe(1);
  });

  it('waits for the promise of a listener, and ends with the error a listener throws', async () => {
    const here = await open(memory());
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

  it('stops on request, also within a page', async () => {
    const here = await open(memory());
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
    const here = await open(memory());
    const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
    const watches = [await watch(here, ann), await watch(here, ann)];
    const other = await watch(here, bob);
    await end(here, ann);
    for (const { ended } of watches)
      await vi.waitFor(() => expect(ended).toMatchObject([{ code: 'unauthenticated' }]), SOON);
    await trade(here.tradepost, bob, ann);
    await vi.waitFor(() => expect(other.ids).toHaveLength(1), SOON);
    expect(watches.flatMap(({ ids }) => ids)).toEqual([]);
    expect(other.ended).toEqual([]);
  });

  it('is noticed without a signal when the lifetime is over', async () => {
    const here = await open(silent(memory()), { session: { lifetime: 1 } });
    const ann = await somebody(here.tradepost);
    const began = Date.now();
    const { ended } = await watch(here, ann);
    await vi.waitFor(() => expect(ended).toMatchObject([{ code: 'unauthenticated' }]), { timeout: 2000, interval: 5 });
    expect(Date.now() - began).toBeGreaterThan(900);
  });

  it('is noticed when the session was idle for too long, and not while another process uses it', async () => {
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
    const here = await open(counted, { session: { idleTimeout: 30 } });
    const ann = await somebody(here.tradepost);
    const { ended } = await watch(here, ann);
    for (let used = 0; used < 3; used += 1) {
      await vi.advanceTimersByTimeAsync(20_000);
      await here.tradepost.authenticate({ token: ann.token });
    }
    await vi.advanceTimersByTimeAsync(29_900);
    expect(ended).toEqual([]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(ended).toMatchObject([{ code: 'unauthenticated' }]);
    // One query every 2 s, and one each time the session could have been idle for too long.
    expect(queries).toBeLessThan(60);
  });

  it('is noticed if it came between authentication and the watch', async () => {
    const here = await open(silent(memory()));
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

  it('costs no query without a watch', async () => {
    let queries = 0;
    const here = await open(
      altered(memory(), storage => {
        storage.trades.latest = async () => {
          queries += 1;
          return new Map();
        };
        return storage;
      }),
    );
    const ann = await somebody(here.tradepost);
    (await watch(here, ann)).stop();
    queries = 0;
    vi.useFakeTimers();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(queries).toBe(0);
  });
});
