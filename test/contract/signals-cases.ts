import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Signal, StorageConnector } from '../../src/index.js';
import type { Opened } from '../support/library-users.js';
import { openTradepost, PASSWORD, pingPong, session, somebody, trade } from '../support/library-users.js';

/** The second within which an ended session's sockets have to be closed. */
const SOON = { timeout: 1000, interval: 5 };

export interface SignalsSubject {
  readonly name: string;
  /** Whether another process can have the same store open. */
  readonly shared: boolean;
  connector(): StorageConnector;
}

/** What every adapter's `signals` keep to. One that cannot tell what happened may say `missed` in its place. */
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

    /** Subscribed, and past the gap there is for the first of several. */
    async function listening(
      opened: Opened,
      isFirst = name !== 'memory',
    ): Promise<{ heard: Signal[]; stop: () => void }> {
      const heard: Signal[] = [];
      const stop = opened.storage.signals.subscribe(signal => void heard.push(signal));
      if (isFirst) await vi.waitFor(() => expect(heard).not.toEqual([]), { timeout: 5000, interval: 5 });
      heard.length = 0;
      return { heard, stop };
    }

    const tells = (heard: readonly Signal[], kind: Signal['kind'], id: string): boolean =>
      heard.some(
        signal =>
          signal.kind === 'missed' ||
          (signal.kind === kind &&
            (signal.kind === 'entries' ? signal.userIds : signal.sessionIds).some(each => each === id)),
      );

    it('tells of new entries in the logs of both parties of a trade', async () => {
      const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
      const { heard, stop } = await listening(there);
      await trade(here.tradepost, ann, bob);
      await vi.waitFor(() => expect(tells(heard, 'entries', ann.id)).toBe(true), SOON);
      expect(tells(heard, 'entries', bob.id)).toBe(true);
      stop();
    });

    it('says nothing of a trade that was refused', async () => {
      const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
      const card = await here.tradepost.addCard({ token: ann.token, name: 'Ace' });
      const { heard, stop } = await listening(there);
      const theft = here.tradepost.recordTrade({ token: bob.token, cardId: card.id, recipient: { id: ann.id } });
      await expect(theft).rejects.toMatchObject({ code: 'card_not_owned' });
      await trade(here.tradepost, ann, bob);
      await vi.waitFor(() => expect(tells(heard, 'entries', ann.id)).toBe(true), SOON);
      expect(heard.filter(({ kind }) => kind === 'entries').length).toBeLessThanOrEqual(1);
      stop();
    });

    it.each([
      ['a logout', async (token: string) => here.tradepost.logout({ token })],
      ['a revocation', async (token: string, id: string) => here.tradepost.revokeSession({ token, id })],
      ['the revocation of all sessions', async (token: string) => here.tradepost.revokeAllSessions({ token })],
    ])('tells of the session that %s ends', async (_what, end) => {
      const ann = await somebody(here.tradepost);
      const { heard, stop } = await listening(there);
      await end(ann.token, ann.sessionId);
      await vi.waitFor(() => expect(tells(heard, 'sessions_ended', ann.sessionId)).toBe(true), SOON);
      stop();
    });

    it('tells of each of the sessions that are revoked together, and not of the one that is kept', async () => {
      const ann = await somebody(here.tradepost);
      const others = [];
      for (let each = 0; each < 5; each += 1) others.push(await session(here.tradepost, ann.username));
      const { heard, stop } = await listening(there);
      await here.tradepost.revokeAllSessions({ token: ann.token, except: 'current' });
      for (const { sessionId } of others) {
        await vi.waitFor(() => expect(tells(heard, 'sessions_ended', sessionId)).toBe(true), SOON);
      }
      expect(
        heard.some(signal => signal.kind === 'sessions_ended' && signal.sessionIds.some(id => id === ann.sessionId)),
      ).toBe(false);
      stop();
    });

    it('tells of the session that a login takes the place of', async () => {
      const ann = await somebody(here.tradepost);
      const { heard, stop } = await listening(there);
      const { useCases } = here.tradepost;
      const account = { username: ann.username } as Parameters<typeof useCases.login.execute>[0]['account'];
      const password = PASSWORD as Parameters<typeof useCases.login.execute>[0]['password'];
      await useCases.login.execute({ account, password, userAgent: null, replaces: ann.token });
      await vi.waitFor(() => expect(tells(heard, 'sessions_ended', ann.sessionId)).toBe(true), SOON);
      stop();
    });

    it('tells nobody any more who has stopped listening, and goes on telling the others', async () => {
      const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
      const first = await listening(there);
      const second = await listening(there, false);
      first.stop();
      first.heard.length = 0;
      await trade(here.tradepost, ann, bob);
      await vi.waitFor(() => expect(tells(second.heard, 'entries', bob.id)).toBe(true), SOON);
      expect(first.heard).toEqual([]);
      second.stop();
    });

    it('can be listened to anew after everybody had stopped', async () => {
      const [ann, bob] = [await somebody(here.tradepost), await somebody(here.tradepost)];
      (await listening(there)).stop();
      const { heard, stop } = await listening(there);
      await trade(here.tradepost, ann, bob);
      await vi.waitFor(() => expect(tells(heard, 'entries', bob.id)).toBe(true), SOON);
      stop();
    });

    it('finds with one question each who is behind and which sessions live', async () => {
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
