import assert from 'node:assert/strict';
import type { SessionUse, TradeDraft } from '../../application/ports/driven/session-trades.js';
import type { Storage } from '../../application/ports/driven/storage.js';
import type { TokenDigest } from '../../application/ports/driven/system.js';
import type { TradeRange } from '../../application/ports/driven/trade-log.js';
import type { LivenessBounds } from '../../domain/session.js';
import type { Timestamp } from '../../domain/timestamp.js';
import { addSeconds } from '../../domain/timestamp.js';
import type { User } from '../../domain/user.js';
import { publicUser } from '../../domain/user.js';
import type { ConformanceCase } from './fixtures.js';
import { addCard, addSession, addUser, boundsAt, cardsOf, HOUR, NOW, newDigest, newId, times } from './fixtures.js';
import { tradeMany } from './trades.js';

const LONG_AGO = addSeconds(NOW, -365 * 24 * HOUR);
const useOf = (digest: TokenDigest, bounds: LivenessBounds, touchedBefore: Timestamp = LONG_AGO): SessionUse => ({
  digest,
  bounds,
  touchedBefore,
});
const NEWEST: TradeRange = { direction: 'all', before: null, limit: 10 };

/**
 * The case again, with every trade recorded by a session that its sender has just opened. Both ways to record a trade must do the
 * same.
 */
export const recordedBySessions = ({ name, run }: ConformanceCase): ConformanceCase => ({
  name: `${name} (by a session)`,
  run: storage => {
    const trades = Object.create(storage.trades, {
      record: {
        value: async (...[{ sender, createdAt, ...draft }, claim]: Parameters<Storage['trades']['record']>) => {
          const { digest } = await addSession(storage, sender);
          const recorded = await storage.sessionTrades.record(
            useOf(digest, { now: createdAt, idleSince: null }),
            draft,
            claim,
          );
          assert.deepEqual(recorded?.sender, sender);
          return recorded?.outcome;
        },
      },
    });
    return run(Object.create(storage, { trades: { value: trades } }));
  },
});

const draftOf = (card: { readonly id: TradeDraft['cardId'] }, recipient: User): TradeDraft => ({
  id: newId(),
  cardId: card.id,
  recipient: { id: recipient.id },
});

export const sessionTradeCases: readonly ConformanceCase[] = [
  {
    name: 'session trades: a page is that of the session’s user, in every direction and from every number',
    run: async storage => {
      const [ann, bob] = [await addUser(storage), await addUser(storage)];
      await tradeMany(storage, ann, bob, 3);
      await tradeMany(storage, bob, ann, 2);
      const { digest } = await addSession(storage, ann);
      for (const direction of ['all', 'sent', 'received'] as const) {
        for (const before of [null, 5, 3, 1]) {
          for (const limit of [1, 2, 10]) {
            const range = { direction, before, limit };
            assert.deepEqual(await storage.sessionTrades.page(useOf(digest, boundsAt(1)), range), {
              owner: publicUser(ann),
              page: await storage.trades.page(ann.id, range),
            });
          }
        }
      }
    },
  },
  {
    name: 'session trades: a user without trades has an empty page',
    run: async storage => {
      const user = await addUser(storage);
      const { digest } = await addSession(storage, user);
      assert.deepEqual(await storage.sessionTrades.page(useOf(digest, boundsAt(1)), NEWEST), {
        owner: publicUser(user),
        page: { entries: [], latest: 0 },
      });
    },
  },
  {
    name: 'session trades: there is no page for a session that is unknown, expired, idle for too long or ended',
    run: async storage => {
      const user = await addUser(storage);
      const { session, digest } = await addSession(storage, user);
      const page = (seconds: number, idle: number | null = null, key = digest) =>
        storage.sessionTrades.page(useOf(key, boundsAt(seconds, idle)), NEWEST);
      assert.equal(await page(1, null, newDigest()), null);
      assert.notEqual(await page(HOUR - 0.001), null);
      assert.equal(await page(HOUR), null);
      assert.notEqual(await page(599, 600), null);
      assert.equal(await page(600, 600), null);
      await storage.sessions.remove(user.id, session.id);
      assert.equal(await page(1), null);
    },
  },
  {
    name: 'session trades: reading a page touches the session as using it does',
    run: async storage => {
      const user = await addUser(storage);
      const { digest } = await addSession(storage, user);
      const lastUsedAt = async () => (await storage.sessions.use(digest, boundsAt(2), LONG_AGO))?.session.lastUsedAt;
      await storage.sessionTrades.page(useOf(digest, boundsAt(100), addSeconds(NOW, -1)), NEWEST);
      assert.equal(await lastUsedAt(), NOW);
      await storage.sessionTrades.page(useOf(digest, boundsAt(100), NOW), NEWEST);
      assert.equal(await lastUsedAt(), addSeconds(NOW, 100));
      // Not that of a session which is over.
      assert.equal(
        await storage.sessionTrades.page(useOf(digest, boundsAt(HOUR), addSeconds(NOW, HOUR)), NEWEST),
        null,
      );
      assert.equal(await lastUsedAt(), addSeconds(NOW, 100));
    },
  },
  {
    name: 'session trades: nothing is recorded for a session that is unknown, expired, idle for too long or ended',
    run: async storage => {
      const [ann, bob] = [await addUser(storage), await addUser(storage)];
      const card = await addCard(storage, ann);
      const { session, digest } = await addSession(storage, ann);
      const record = (seconds: number, idle: number | null = null, key = digest) =>
        storage.sessionTrades.record(useOf(key, boundsAt(seconds, idle)), draftOf(card, bob), null);
      assert.equal(await record(1, null, newDigest()), null);
      assert.equal(await record(HOUR), null);
      assert.equal(await record(600, 600), null);
      await storage.sessions.remove(ann.id, session.id);
      assert.equal(await record(1), null);
      assert.deepEqual(await cardsOf(storage, ann), [card.id]);
      for (const user of [ann, bob]) assert.deepEqual(await storage.trades.entriesAfter(user.id, 0, 10), []);
    },
  },
  {
    name: 'session trades: a trade is created at the moment the session is used, and touches the session as using it does',
    run: async storage => {
      const [ann, bob] = [await addUser(storage), await addUser(storage)];
      const { digest } = await addSession(storage, ann);
      const record = async (seconds: number, touchedBefore: Timestamp) => {
        const draft = draftOf(await addCard(storage, ann), bob);
        return storage.sessionTrades.record(useOf(digest, boundsAt(seconds), touchedBefore), draft, null);
      };
      const lastUsedAt = async () => (await storage.sessions.use(digest, boundsAt(2), LONG_AGO))?.session.lastUsedAt;
      await record(100, addSeconds(NOW, -1));
      assert.equal(await lastUsedAt(), NOW);
      await record(101, NOW);
      assert.equal(await lastUsedAt(), addSeconds(NOW, 101));
      // Not that of a session which is over.
      assert.equal(await record(HOUR, addSeconds(NOW, HOUR)), null);
      assert.equal(await lastUsedAt(), addSeconds(NOW, 101));
      const entries = await storage.trades.entriesAfter(ann.id, 0, 10);
      assert.deepEqual(
        entries.map(({ createdAt }) => createdAt),
        [addSeconds(NOW, 100), addSeconds(NOW, 101)],
      );
    },
  },
  {
    name: 'session trades: what is refused touches the session too',
    run: async storage => {
      const [ann, bob] = [await addUser(storage), await addUser(storage)];
      const { digest } = await addSession(storage, ann);
      const refused = await storage.sessionTrades.record(
        useOf(digest, boundsAt(100), NOW),
        draftOf({ id: newId() }, bob),
        null,
      );
      assert.equal(refused?.outcome.outcome, 'refused');
      const found = await storage.sessions.use(digest, boundsAt(2), LONG_AGO);
      assert.equal(found?.session.lastUsedAt, addSeconds(NOW, 100));
    },
  },
  {
    name: 'session trades: of many concurrent uses by one session each records its trade',
    run: async storage => {
      const [ann, bob] = [await addUser(storage), await addUser(storage)];
      const { digest } = await addSession(storage, ann);
      const cards = await Promise.all(times(10).map(() => addCard(storage, ann)));
      const recorded = await Promise.all(
        cards.map((card, index) =>
          storage.sessionTrades.record(useOf(digest, boundsAt(100 + index), NOW), draftOf(card, bob), null),
        ),
      );
      assert.deepEqual(
        recorded.map(each => each?.outcome.outcome),
        times(10).map(() => 'recorded'),
      );
      assert.equal((await cardsOf(storage, bob)).length, 10);
    },
  },
];
