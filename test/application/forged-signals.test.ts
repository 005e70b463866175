import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { LiveUpdates } from '../../src/application/live/live-updates.js';
import { ReadLimit } from '../../src/application/live/pacing.js';
import type { Id, Session, Signal, Storage } from '../../src/index.js';
import { Broadcast, StorageUnavailable } from '../../src/index.js';
import { ManualClock } from '../../src/testing/index.js';
import {
  addCard,
  addUser,
  NOW,
  newDigest,
  newId,
  newSession,
  proposal,
  times,
  UNCAPPED,
} from '../../src/testing/storage-conformance/fixtures.js';

/** The sockets of an ended session have to be closed within a second. */
const SOON = { timeout: 1000, interval: 5 };

/** Live updates on a memory store whose own signals are lost, so that every signal is one that the test publishes. */
async function open() {
  const storage: Storage = await memory().open();
  const signals = new Broadcast();
  const policy = { lifetime: 3600, idleTimeout: null, maxPerUser: 100 };
  const live = new LiveUpdates(signals, storage.trades, storage.sessions, new ManualClock(NOW), policy);
  onTestFinished(() => live.close());
  const find = storage.sessions.findLive.bind(storage.sessions);
  const findLive = vi.spyOn(storage.sessions, 'findLive');
  const latest = vi.spyOn(storage.trades, 'latest');
  const entriesAfter = vi.spyOn(storage.trades, 'entriesAfter');
  const ended: Id[] = [];
  const addSession = async (): Promise<Session> => {
    const session = newSession(await addUser(storage));
    await storage.sessions.add(session, newDigest(), null, UNCAPPED);
    return session;
  };
  return {
    storage,
    live,
    find,
    findLive,
    latest,
    entriesAfter,
    ended,
    addSession,
    /** Opens and watches that many sessions. Resets the counts of queries. */
    watchSessions: async (count: number): Promise<Session[]> => {
      const sessions = await Promise.all(times(count).map(addSession));
      for (const session of sessions) live.sessions.add(session, () => ended.push(session.id));
      await settle();
      findLive.mockClear();
      return sessions;
    },
    publish: (signal: Signal) => signals.publish(signal),
  };
}

const settle = (milliseconds = 20): Promise<void> => new Promise(resolve => setTimeout(resolve, milliseconds));
const endOf = (...sessions: readonly Session[]): Signal => ({
  kind: 'sessions_ended',
  sessionIds: sessions.map(({ id }) => id),
});

describe('a signal about the end of a session', () => {
  it('ends no watch of a live session', async () => {
    const { watchSessions, publish, ended, findLive } = await open();
    const [session] = (await watchSessions(1)) as [Session];
    await publish(endOf(session));
    await vi.waitFor(() => expect(findLive).toHaveBeenCalledTimes(1), SOON);
    await settle();
    expect(ended).toEqual([]);
  });

  it('costs one query for all sessions it names, and ends the watches of those that are gone', async () => {
    const { storage, watchSessions, publish, ended, findLive } = await open();
    const sessions = await watchSessions(200);
    const gone = sessions.slice(0, 3);
    for (const { userId, id } of gone) await storage.sessions.remove(userId, id);
    await publish(endOf(...sessions));
    await vi.waitFor(() => expect(ended).toEqual(gone.map(({ id }) => id)), SOON);
    expect(findLive).toHaveBeenCalledTimes(1);
  });

  it('costs no query if no named session is watched', async () => {
    const { watchSessions, publish, addSession, findLive } = await open();
    await watchSessions(1);
    await publish(endOf(await addSession()));
    await publish({ kind: 'sessions_ended', sessionIds: ['', '__proto__', 'x'.repeat(8000)] as Id[] });
    await settle(150);
    expect(findLive).not.toHaveBeenCalled();
  });

  it('is confirmed later if the store fails', async () => {
    const { storage, watchSessions, publish, ended, findLive } = await open();
    const [session, other] = (await watchSessions(2)) as [Session, Session];
    await storage.sessions.remove(session.userId, session.id);
    findLive.mockRejectedValueOnce(new StorageUnavailable()).mockRejectedValueOnce(new StorageUnavailable());
    await publish(endOf(session, other));
    await vi.waitFor(() => expect(ended).toEqual([session.id]), SOON);
    expect(findLive).toHaveBeenCalledTimes(3);
  });
});

describe('a flood of forged signals', () => {
  it('about sessions costs one query in 100 ms, one at a time, and delays no real end beyond a second', async () => {
    const { storage, watchSessions, publish, ended, find, findLive } = await open();
    const sessions = await watchSessions(20);
    const [revoked] = sessions as [Session];
    let [current, most] = [0, 0];
    findLive.mockImplementation(async (...parameters) => {
      current += 1;
      most = Math.max(most, current);
      await settle(5);
      current -= 1;
      return find(...parameters);
    });
    const started = performance.now();
    for (let sent = 0; sent < 10_000; sent += 1) {
      await publish(endOf(sessions[sent % sessions.length] as Session));
      if (sent === 5000) await storage.sessions.remove(revoked.userId, revoked.id);
    }
    await vi.waitFor(() => expect(ended).toEqual([revoked.id]), SOON);
    expect(most).toBe(1);
    expect(findLive.mock.calls.length).toBeLessThanOrEqual((performance.now() - started) / 100 + 2);
  });

  it('that cannot be understood costs one check in 100 ms', async () => {
    const { watchSessions, publish, findLive } = await open();
    await watchSessions(20);
    const started = performance.now();
    const published: Promise<void>[] = [];
    for (let sent = 0; sent < 10_000; sent += 1) {
      published.push(publish({ kind: 'missed' }));
      if (sent % 100 === 0) await settle(1);
    }
    await Promise.all(published);
    expect(findLive.mock.calls.length).toBeGreaterThan(0);
    expect(findLive.mock.calls.length).toBeLessThanOrEqual((performance.now() - started) / 100 + 2);
  });

  it('about entries costs 1,000 reads a second and one check in 100 ms, and no trade is lost', async () => {
    const { storage, live, publish, latest, entriesAfter } = await open();
    const [ann, bob] = [await addUser(storage), await addUser(storage)];
    const numbers: string[] = [];
    live.trades.add(bob, 0, {
      onTrade: ({ cursor }) => void numbers.push(cursor),
      onFailure: error => expect.fail(String(error)),
    });
    await settle();
    entriesAfter.mockClear();
    const started = performance.now();
    for (let sent = 0; sent < 20_000; sent += 1) {
      await publish({ kind: 'entries', userIds: [bob.id, newId()] });
      // The read of this signal begins before the next signal, so the reads are not shared.
      await undefined;
    }
    const card = await addCard(storage, ann);
    await storage.trades.record(proposal(ann, card, { id: bob.id }), null);
    await publish({ kind: 'entries', userIds: [bob.id] });
    await vi.waitFor(() => expect(numbers).toHaveLength(1), SOON);
    const seconds = (performance.now() - started) / 1000;
    expect(entriesAfter.mock.calls.length).toBeGreaterThan(500);
    expect(entriesAfter.mock.calls.length).toBeLessThanOrEqual(1000 * Math.ceil(seconds) + 10);
    expect(latest.mock.calls.length).toBeLessThanOrEqual(seconds * 10 + 3);
  });

  it('leaves the limit of reads unused if every signal is true', async () => {
    const { storage, live, publish, entriesAfter, latest } = await open();
    const [ann, bob] = [await addUser(storage), await addUser(storage)];
    let received = 0;
    const onTrade = (): void => {
      received += 1;
    };
    const receive = { onTrade, onFailure: () => undefined };
    live.trades.add(bob, 0, receive);
    await settle();
    latest.mockClear();
    for (let trade = 1; trade <= 1500; trade += 1) {
      const card = await addCard(storage, ann);
      await storage.trades.record(proposal(ann, card, { id: bob.id }), null);
      await publish({ kind: 'entries', userIds: [bob.id] });
      while (received < trade) await settle(0);
    }
    expect(entriesAfter.mock.calls.length).toBeGreaterThan(1500);
    expect(latest.mock.calls.length).toBeLessThanOrEqual(2);
  });
});

describe('the reads that signals may cause', () => {
  function limit() {
    let milliseconds = 0;
    const never = () => () => undefined;
    const reads = new ReadLimit({ now: () => milliseconds, after: never, every: never });
    return {
      reads,
      /** Returns how many of that many reads may happen. */
      spend: (count: number): number => times(count).filter(() => reads.spend()).length,
      advance: (by: number): void => {
        milliseconds += by;
      },
    };
  }

  it('are 1,000 within a second, and 1,000 in the next', () => {
    const { spend, advance } = limit();
    advance(5);
    expect(spend(1500)).toBe(1000);
    advance(999);
    expect(spend(1)).toBe(0);
    advance(1);
    expect(spend(1500)).toBe(1000);
  });

  it('do not count where they found entries', () => {
    const { reads, spend } = limit();
    expect(spend(1000)).toBe(1000);
    reads.refund();
    expect(spend(10)).toBe(1);
    for (let read = 0; read < 1500; read += 1) reads.refund();
    expect(spend(2000)).toBe(1000);
  });
});
