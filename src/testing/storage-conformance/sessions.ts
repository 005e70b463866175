import assert from 'node:assert/strict';
import type { Storage } from '../../application/ports/driven/storage.js';
import type { Session } from '../../domain/session.js';
import { addSeconds } from '../../domain/timestamp.js';
import type { User } from '../../domain/user.js';
import type { ConformanceCase } from './fixtures.js';
import {
  addSession,
  addUser,
  at,
  boundsAt,
  capOf,
  HOUR,
  NOW,
  newDigest,
  newId,
  newSession,
  times,
  UNCAPPED,
} from './fixtures.js';

const LONG_AGO = addSeconds(NOW, -365 * 24 * HOUR);

const open = addSession;

/** A range that has all sessions of a case. */
const ALL = { before: null, limit: 1000 } as const;

const listed = (storage: Storage, user: User, bounds = boundsAt(0)): Promise<Session[]> =>
  storage.sessions.list(user.id, bounds, ALL);

const usedAt = (seconds: number): Pick<Session, 'lastUsedAt'> => ({ lastUsedAt: addSeconds(NOW, seconds) });

const isLive = async (storage: Storage, digest: string, seconds = 0): Promise<boolean> =>
  (await storage.sessions.use(digest, boundsAt(seconds), LONG_AGO)) !== null;

export const sessionCases: readonly ConformanceCase[] = [
  {
    name: 'sessions: a session is found by its digest, with its user',
    run: async storage => {
      const user = await addUser(storage);
      const { session, digest } = await open(storage, user);
      assert.deepEqual(await storage.sessions.use(digest, boundsAt(1), LONG_AGO), { session, user });
      const unnamed = await open(storage, user, { userAgent: null });
      assert.equal((await storage.sessions.use(unnamed.digest, boundsAt(1), LONG_AGO))?.session.userAgent, null);
    },
  },
  {
    name: 'sessions: an unknown digest finds nothing',
    run: async storage => assert.equal(await isLive(storage, newDigest()), false),
  },
  {
    name: 'sessions: one user can have many, each with its own digest',
    run: async storage => {
      const user = await addUser(storage);
      const sessions = await Promise.all(times(5).map(() => open(storage, user)));
      for (const { session, digest } of sessions) {
        assert.deepEqual((await storage.sessions.use(digest, boundsAt(1), LONG_AGO))?.session, session);
      }
    },
  },
  {
    name: 'sessions: a session is live until the millisecond before it expires, and not after',
    run: async storage => {
      const { digest } = await open(storage, await addUser(storage));
      assert.equal(await isLive(storage, digest, HOUR - 0.001), true);
      assert.equal(await isLive(storage, digest, HOUR), false);
      assert.equal(await isLive(storage, digest, HOUR + 1), false);
    },
  },
  {
    name: 'sessions: with an idle time-out a session is live until the millisecond before it',
    run: async storage => {
      const { digest } = await open(storage, await addUser(storage));
      const use = (seconds: number) => storage.sessions.use(digest, boundsAt(seconds, 600), LONG_AGO);
      assert.notEqual(await use(599.999), null);
      assert.equal(await use(600), null);
    },
  },
  {
    name: 'sessions: using a session updates when it was last used, but not within the interval, and never its expiry',
    run: async storage => {
      const { session, digest } = await open(storage, await addUser(storage));
      const use = async (seconds: number) => {
        const bounds = boundsAt(seconds);
        return (await storage.sessions.use(digest, bounds, addSeconds(bounds.now, -60)))?.session;
      };
      assert.deepEqual(await use(59.999), session);
      const touched = { ...session, lastUsedAt: addSeconds(NOW, 60) };
      assert.deepEqual(await use(60), touched);
      assert.deepEqual(await use(61), touched);
      assert.deepEqual(await use(120), { ...session, lastUsedAt: addSeconds(NOW, 120) });
    },
  },
  {
    name: 'sessions: using an expired session does not revive it',
    run: async storage => {
      const user = await addUser(storage);
      const { digest, session } = await open(storage, user);
      const late = boundsAt(700, 600);
      assert.equal(await storage.sessions.use(digest, late, late.now), null);
      assert.deepEqual(await listed(storage, user, boundsAt(0)), [session]);
    },
  },
  {
    name: 'sessions: of many sessions used at once, each is found with its own user, and touched as if used alone',
    run: async storage => {
      const users = await Promise.all(times(3).map(() => addUser(storage)));
      const opened = await Promise.all(
        times(24).map(async index => {
          const user = users[index % users.length] as User;
          const overrides = index % 4 === 0 ? { expiresAt: addSeconds(NOW, 300) } : {};
          return { user, ...(await open(storage, user, { ...overrides, ...usedAt(index % 2 === 0 ? 0 : 590) })) };
        }),
      );
      const bounds = boundsAt(600);
      const use = (digest: string) => storage.sessions.use(digest, bounds, addSeconds(bounds.now, -60));
      const [unknown, ...found] = await Promise.all([newDigest(), ...opened.map(({ digest }) => digest)].map(use));
      assert.equal(unknown, null);
      for (const [index, { user, session }] of opened.entries()) {
        const isTouched = index % 2 === 0;
        const expected = { user, session: isTouched ? { ...session, ...usedAt(600) } : session };
        assert.deepEqual(found[index], index % 4 === 0 ? null : expected);
        if (index % 4 === 0) continue;
        const [first] = (await listed(storage, user, bounds)).filter(({ id }) => id === session.id);
        assert.deepEqual(first, expected.session);
      }
    },
  },
  {
    name: 'sessions: many uses of one session at once all succeed',
    run: async storage => {
      const { digest } = await open(storage, await addUser(storage));
      const bounds = boundsAt(600);
      const used = await Promise.all(times(30).map(() => storage.sessions.use(digest, bounds, bounds.now)));
      assert.equal(used.filter(found => found !== null).length, 30);
    },
  },
  {
    name: "sessions: the list has the user's live sessions, newest first",
    run: async storage => {
      const user = await addUser(storage);
      await open(storage, await addUser(storage));
      const first = await open(storage, user);
      await open(storage, user, { expiresAt: addSeconds(NOW, 10) });
      const second = await open(storage, user, { lastUsedAt: addSeconds(NOW, 30) });
      assert.deepEqual(await listed(storage, user, boundsAt(60)), [second.session, first.session]);
      assert.deepEqual(await listed(storage, user, boundsAt(60, 45)), [second.session]);
      assert.deepEqual(await storage.sessions.list(newId(), boundsAt(60), ALL), []);
    },
  },
  {
    name: 'sessions: a removed session is no longer found, and can be removed only once',
    run: async storage => {
      const user = await addUser(storage);
      const { session, digest } = await open(storage, user);
      const other = await open(storage, user);
      assert.equal(await storage.sessions.remove(user.id, session.id), true);
      assert.equal(await isLive(storage, digest), false);
      assert.equal(await storage.sessions.remove(user.id, session.id), false);
      assert.equal(await isLive(storage, other.digest), true);
    },
  },
  {
    name: "sessions: nobody removes another user's session",
    run: async storage => {
      const { session, digest } = await open(storage, await addUser(storage));
      const stranger = await addUser(storage);
      assert.equal(await storage.sessions.remove(stranger.id, session.id), false);
      assert.equal(await isLive(storage, digest), true);
    },
  },
  {
    name: 'sessions: removing all keeps the excepted session and those of other users',
    run: async storage => {
      const [user, stranger] = [await addUser(storage), await addUser(storage)];
      const others = await Promise.all(times(3).map(() => open(storage, user)));
      const kept = await open(storage, user);
      const foreign = await open(storage, stranger);
      await storage.sessions.removeAll(user.id, kept.session.id);
      for (const { digest } of others) assert.equal(await isLive(storage, digest), false);
      assert.deepEqual(await listed(storage, user, boundsAt(1)), [kept.session]);
      assert.equal(await isLive(storage, kept.digest), true);
      await storage.sessions.removeAll(user.id, null);
      assert.deepEqual(await listed(storage, user, boundsAt(1)), []);
      assert.equal(await isLive(storage, kept.digest), false);
      assert.equal(await isLive(storage, foreign.digest), true);
    },
  },
  {
    name: 'sessions: pages of the list neither skip nor repeat a session while sessions come and go',
    run: async storage => {
      const user = await addUser(storage);
      const opened: Session[] = [];
      for (const _ of times(8)) opened.unshift((await open(storage, user)).session);
      const page = (before: Session | undefined) =>
        storage.sessions.list(user.id, boundsAt(1), { before: before?.id ?? null, limit: 3 });
      const first = await page(undefined);
      assert.deepEqual(first, opened.slice(0, 3));
      // A new session, the end of the page's last session, and that of one that is still to come.
      await open(storage, user);
      for (const index of [2, 4]) await storage.sessions.remove(user.id, at(opened, index).id);
      const second = await page(first.at(-1));
      assert.deepEqual(second, [at(opened, 3), at(opened, 5), at(opened, 6)]);
      assert.deepEqual(await page(second.at(-1)), [at(opened, 7)]);
      assert.deepEqual(await page(at(opened, 7)), []);
    },
  },
  {
    name: 'sessions: a new session ends the one it replaces, and no other',
    run: async storage => {
      const user = await addUser(storage);
      const [replaced, kept] = [await open(storage, user), await open(storage, user)];
      const digest = newDigest();
      await storage.sessions.add(newSession(user), digest, replaced.digest, UNCAPPED);
      assert.equal(await isLive(storage, replaced.digest), false);
      assert.equal(await isLive(storage, kept.digest), true);
      assert.equal(await isLive(storage, digest), true);
      await storage.sessions.add(newSession(user), newDigest(), newDigest(), UNCAPPED);
      assert.equal(await isLive(storage, kept.digest), true);
    },
  },
  {
    name: 'sessions: beyond the cap the session that was last used the longest ago ends, and no other',
    run: async storage => {
      const [user, stranger] = [await addUser(storage), await addUser(storage)];
      const foreign = await open(storage, stranger, usedAt(-100));
      // In the order of their ids, which is not that of their use.
      const [newest, oldest, middle] = [
        await open(storage, user, usedAt(30)),
        await open(storage, user, usedAt(10)),
        await open(storage, user, usedAt(20)),
      ];
      const fourth = await open(storage, user, usedAt(40), capOf(3, boundsAt(40)));
      assert.equal(await isLive(storage, oldest.digest, 40), false);
      assert.deepEqual(await listed(storage, user, boundsAt(40)), [fourth.session, middle.session, newest.session]);
      const fifth = await open(storage, user, usedAt(50), capOf(3, boundsAt(50)));
      assert.deepEqual(await listed(storage, user, boundsAt(50)), [fifth.session, fourth.session, newest.session]);
      assert.equal(await isLive(storage, foreign.digest, 50), true);
    },
  },
  {
    name: 'sessions: of sessions that were last used at the same time the older one ends first',
    run: async storage => {
      const user = await addUser(storage);
      const [, second] = [await open(storage, user), await open(storage, user)];
      const third = await open(storage, user, {}, capOf(2));
      assert.deepEqual(await listed(storage, user), [third.session, second.session]);
    },
  },
  {
    name: 'sessions: expired and idle sessions do not count for the cap',
    run: async storage => {
      const user = await addUser(storage);
      await open(storage, user, { ...usedAt(50), expiresAt: addSeconds(NOW, 60) });
      const live = await open(storage, user, usedAt(20));
      const next = await open(storage, user, usedAt(60), capOf(2, boundsAt(60)));
      assert.deepEqual(await listed(storage, user, boundsAt(60)), [next.session, live.session]);

      const other = await addUser(storage);
      await open(storage, other, usedAt(20));
      const used = await open(storage, other, usedAt(10.001));
      const idle = await open(storage, other, usedAt(10));
      const bounds = boundsAt(60, 50);
      const last = await open(storage, other, usedAt(60), capOf(3, bounds));
      assert.equal(await isLive(storage, used.digest, 60), true);
      assert.equal(await isLive(storage, idle.digest, 60), true);
      assert.equal((await listed(storage, other, bounds)).length, 3);
      assert.equal(await isLive(storage, last.digest, 60), true);
    },
  },
  {
    name: 'sessions: the session that a new one replaces leaves room below the cap',
    run: async storage => {
      const user = await addUser(storage);
      const [kept, replaced] = [await open(storage, user), await open(storage, user)];
      const [session, digest] = [newSession(user), newDigest()];
      await storage.sessions.add(session, digest, replaced.digest, capOf(2));
      assert.deepEqual(await listed(storage, user), [session, kept.session]);
    },
  },
  {
    name: 'sessions: a new session stays, and as many others end as exceed a cap that was lowered',
    run: async storage => {
      const user = await addUser(storage);
      // Written by a process whose clock is ahead.
      const others = await Promise.all(times(5).map(index => open(storage, user, usedAt(60 + index))));
      const session = await open(storage, user, {}, capOf(2));
      assert.deepEqual(await listed(storage, user), [session.session, at(others, 4).session]);
      const alone = await open(storage, user, {}, capOf(1));
      assert.deepEqual(await listed(storage, user), [alone.session]);
    },
  },
  {
    name: 'sessions: sweeping deletes expired sessions, up to the limit, and no live ones',
    run: async storage => {
      const user = await addUser(storage);
      // Far in the past, so that no session of another case has expired by then.
      const past = (seconds: number) => addSeconds(LONG_AGO, seconds);
      const expired = { createdAt: LONG_AGO, lastUsedAt: LONG_AGO, expiresAt: past(HOUR) };
      const swept = await Promise.all(times(5).map(() => open(storage, user, expired)));
      const live = await open(storage, user, { ...expired, expiresAt: past(2 * HOUR) });
      const bounds = { now: past(HOUR), idleSince: null };
      assert.equal(await storage.sessions.removeExpired(bounds, 3), 3);
      assert.equal(await storage.sessions.removeExpired(bounds, 3), 2);
      assert.equal(await storage.sessions.removeExpired(bounds, 3), 0);
      for (const { digest } of swept) {
        assert.equal(await storage.sessions.use(digest, { now: LONG_AGO, idleSince: null }, LONG_AGO), null);
      }
      assert.notEqual(await storage.sessions.use(live.digest, bounds, LONG_AGO), null);
      const idle = { now: past(HOUR + 60), idleSince: past(HOUR + 30) };
      assert.equal(await storage.sessions.removeExpired(idle, 3), 1);
    },
  },
];
