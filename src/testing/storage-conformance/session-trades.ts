import assert from 'node:assert/strict';
import type { TradeRange } from '../../application/ports/driven/trade-log.js';
import { addSeconds } from '../../domain/timestamp.js';
import { publicUser } from '../../domain/user.js';

import type { ConformanceCase } from './fixtures.js';
import { addSession, addUser, boundsAt, HOUR, NOW, newDigest } from './fixtures.js';
import { tradeMany } from './trades.js';

const LONG_AGO = addSeconds(NOW, -365 * 24 * HOUR);
const NEWEST: TradeRange = { direction: 'all', before: null, limit: 10 };

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
            assert.deepEqual(await storage.sessionTrades.page(digest, boundsAt(1), LONG_AGO, range), {
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
      assert.deepEqual(await storage.sessionTrades.page(digest, boundsAt(1), LONG_AGO, NEWEST), {
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
        storage.sessionTrades.page(key, boundsAt(seconds, idle), LONG_AGO, NEWEST);
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
      await storage.sessionTrades.page(digest, boundsAt(100), addSeconds(NOW, -1), NEWEST);
      assert.equal(await lastUsedAt(), NOW);
      await storage.sessionTrades.page(digest, boundsAt(100), NOW, NEWEST);
      assert.equal(await lastUsedAt(), addSeconds(NOW, 100));
      // Not that of a session which is over.
      assert.equal(await storage.sessionTrades.page(digest, boundsAt(HOUR), addSeconds(NOW, HOUR), NEWEST), null);
      assert.equal(await lastUsedAt(), addSeconds(NOW, 100));
    },
  },
];
