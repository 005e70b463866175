import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Signal, StorageConnector } from '../../src/index.js';
import type { Opened } from '../live/people.js';
import { openTradepost, PASSWORD, pingPong, session, somebody, trade } from '../live/people.js';

/** The sockets of an ended session have to be closed within a second. */
const SOON = { timeout: 1000, interval: 5 };

export interface SignalsSubject {
  readonly name: string;
  /** Whether another process can open the same store. */
  readonly shared: boolean;
  connector(): StorageConnector;
}

/** The requirements for the `signals` of every adapter. In place of other signals it may publish `missed`. */
export function signalsCases({ name, shared, connector }: SignalsSubject): void {
  describe(`signals of ${name}`, () => {
    let here: Opened;
    let there: Opened;

    beforeAll(async () => {
      const store = connector();
      here = await openTradepost(store);
      there = shared ? await openTradepost(store) : here;
    });
    afterAll(async () => {
      await here?.tradepost.close();
      if (shared) await there?.tradepost.close();
    });

    /** Subscribes, and waits for the `missed` that the first subscription receives. */
    async function subscribe(
      opened: Opened,
      isFirst = name !== 'memory',
    ): Promise<{ received: Signal[]; stop: () => void }> {
      const received: Signal[] = [];
      const stop = opened.storage.signals.subscribe(signal => void received.push(signal));
      if (isFirst) await vi.waitFor(() => expect(received).not.toEqual([]), { timeout: 5000, interval: 5 });
      received.length = 0;
      return { received, stop };
    }

    const isSignalled = (received: readonly Signal[], kind: Signal['kind'], id: string): boolean =>
      received.some(
        signal =>
          signal.kind === 'missed' ||
          (signal.kind === kind &&
            (signal.kind === 'entries' ? signal.userIds : signal.sessionIds).some(each => each === id)),
      );

    it('report new entries in the logs of both parties of a trade', async () => {
      const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
      const { received, stop } = await subscribe(there);
      await trade(here.tradepost, ann, bob);
      await vi.waitFor(() => expect(isSignalled(received, 'entries', ann.id)).toBe(true), SOON);
      expect(isSignalled(received, 'entries', bob.id)).toBe(true);
      stop();
    });

    it('report nothing for a refused trade', async () => {
      const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
      const card = await here.tradepost.addCard({ token: ann.token, name: 'Ace' });
      const { received, stop } = await subscribe(there);
      const theft = here.tradepost.recordTrade({ token: bob.token, cardId: card.id, recipient: { id: ann.id } });
      await expect(theft).rejects.toMatchObject({ code: 'card_not_owned' });
      await trade(here.tradepost, ann, bob);
      await vi.waitFor(() => expect(isSignalled(received, 'entries', ann.id)).toBe(true), SOON);
      expect(received.filter(({ kind }) => kind === 'entries').length).toBeLessThanOrEqual(1);
      stop();
    });

    it.each([
      ['a logout', async (token: string) => here.tradepost.logout({ token })],
      ['a revocation', async (token: string, id: string) => here.tradepost.revokeSession({ token, id })],
      ['the revocation of all sessions', async (token: string) => here.tradepost.revokeAllSessions({ token })],
    ])('report the session that %s ends', async (_what, end) => {
      const ann = await somebody(here.tradepost);
      const { received, stop } = await subscribe(there);
      await end(ann.token, ann.sessionId);
      await vi.waitFor(() => expect(isSignalled(received, 'sessions_ended', ann.sessionId)).toBe(true), SOON);
      stop();
    });

    it('report every session of a revocation of all, and not the excepted one', async () => {
      const ann = await somebody(here.tradepost);
      const others = [];
      for (let each = 0; each < 5; each += 1) others.push(await session(here.tradepost, ann.username));
      const { received, stop } = await subscribe(there);
      await here.tradepost.revokeAllSessions({ token: ann.token, except: 'current' });
      for (const { sessionId } of others) {
        await vi.waitFor(() => expect(isSignalled(received, 'sessions_ended', sessionId)).toBe(true), SOON);
      }
      expect(
        received.some(signal => signal.kind === 'sessions_ended' && signal.sessionIds.some(id => id === ann.sessionId)),
      ).toBe(false);
      stop();
    });

    it('report the session that a login replaces', async () => {
      const ann = await somebody(here.tradepost);
      const { received, stop } = await subscribe(there);
      const { useCases } = here.tradepost;
      const account = { username: ann.username } as Parameters<typeof useCases.login.execute>[0]['account'];
      const password = PASSWORD as Parameters<typeof useCases.login.execute>[0]['password'];
      await useCases.login.execute({ account, password, userAgent: null, replaces: ann.token });
      await vi.waitFor(() => expect(isSignalled(received, 'sessions_ended', ann.sessionId)).toBe(true), SOON);
      stop();
    });

    it('end with the subscription, and continue for other subscriptions', async () => {
      const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
      const first = await subscribe(there);
      const second = await subscribe(there, false);
      first.stop();
      first.received.length = 0;
      await trade(here.tradepost, ann, bob);
      await vi.waitFor(() => expect(isSignalled(second.received, 'entries', bob.id)).toBe(true), SOON);
      expect(first.received).toEqual([]);
      second.stop();
    });

    it('can be subscribed to again after all subscriptions have ended', async () => {
      const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
      (await subscribe(there)).stop();
      const { received, stop } = await subscribe(there);
      await trade(here.tradepost, ann, bob);
      await vi.waitFor(() => expect(isSignalled(received, 'entries', bob.id)).toBe(true), SOON);
      stop();
    });

    it('are followed by one query for the newest numbers and one for live sessions', async () => {
      const [ann, bob, eve] = [
        await somebody(here.tradepost),
        await somebody(here.tradepost),
        await somebody(here.tradepost),
      ];
      await pingPong(here.tradepost, ann, bob, 3);
      const { trades, sessions } = there.storage;
      const id = (text: string) => text as Parameters<typeof trades.entriesAfter>[0];
      const latest = await trades.latest([ann, bob, eve].map(person => id(person.id)));
      expect([ann, bob, eve].map(person => latest.get(id(person.id)) ?? 0)).toEqual([3, 3, 0]);

      await here.tradepost.logout({ token: bob.token });
      const asked = [ann, bob, eve].map(person => ({ id: id(person.sessionId), userId: id(person.id) }));
      const now = new Date().toISOString() as Parameters<typeof sessions.findLive>[1]['now'];
      const live = await sessions.findLive(asked, { now, idleSince: null });
      expect(live.map(each => each.id).sort()).toEqual([ann.sessionId, eve.sessionId].sort());
      expect(live[0]).toMatchObject({ createdAt: expect.any(String), lastUsedAt: expect.any(String) });
      const inTwoHours = new Date(Date.now() + 7_200_000).toISOString() as typeof now;
      expect(await sessions.findLive(asked, { now: inTwoHours, idleSince: null })).toEqual([]);
    });
  });
}
