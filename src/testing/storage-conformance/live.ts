import assert from 'node:assert/strict';
import type { Signal } from '../../application/ports/driven/signals.js';
import type { Storage } from '../../application/ports/driven/storage.js';
import type { Id } from '../../domain/id.js';
import type { ConformanceCase } from './fixtures.js';
import {
  addCard,
  addSession,
  addUser,
  boundsAt,
  capOf,
  newDigest,
  newSession,
  newUser,
  proposal,
  UNCAPPED,
} from './fixtures.js';
import { tradeMany } from './trades.js';

/** Milliseconds. Sockets have to be closed within a second of the end of their session. */
const MAX_DELAY = 1000;

async function assertSignalled(
  storage: Storage,
  kind: 'entries' | 'sessions_ended',
  ids: readonly Id[],
  work: () => Promise<unknown>,
): Promise<void> {
  const received: Signal[] = [];
  const stop = storage.signals.subscribe(signal => void received.push(signal));
  // `missed` makes every listener read, so it counts for all ids.
  const isSignalled = (id: Id) => received.some(signal => signal.kind === 'missed' || idsOf(signal, kind).includes(id));
  try {
    // A store may first publish `missed` for the time before it listened. That must not count, so some signal comes first.
    await endSomeSession(storage);
    await waitUntil(() => received.length > 0);
    received.length = 0;
    await work();
    await waitUntil(() => ids.every(isSignalled));
    assert.ok(ids.every(isSignalled), `no signal ${kind} for ${ids.filter(id => !isSignalled(id)).join(', ')}`);
  } finally {
    stop();
  }
}

async function waitUntil(holds: () => boolean): Promise<void> {
  const until = performance.now() + MAX_DELAY;
  while (!holds() && performance.now() < until) await new Promise(resolve => setTimeout(resolve, 5));
}

async function endSomeSession(storage: Storage): Promise<void> {
  const { user, session } = await addUserWithSession(storage);
  await storage.sessions.remove(user.id, session.id);
}

function idsOf(signal: Signal, kind: 'entries' | 'sessions_ended'): readonly Id[] {
  if (signal.kind === 'entries' && kind === 'entries') return signal.userIds;
  return signal.kind === 'sessions_ended' && kind === 'sessions_ended' ? signal.sessionIds : [];
}

async function addUserWithSession(storage: Storage) {
  const user = await addUser(storage);
  return { user, ...(await addSession(storage, user)) };
}

export const liveCases: readonly ConformanceCase[] = [
  {
    name: 'live: the newest numbers of many logs are found with one query',
    run: async storage => {
      const [ann, bob, eve] = [await addUser(storage), await addUser(storage), await addUser(storage)];
      await tradeMany(storage, ann, bob, 2);
      await tradeMany(storage, bob, ann, 1);
      await tradeMany(storage, bob, eve, 1);
      const latest = await storage.trades.latest([ann.id, eve.id, newUser().id]);
      assert.deepEqual([latest.get(ann.id), latest.get(eve.id)], [3, 1]);
      assert.ok(!latest.has(bob.id));
      assert.deepEqual(await storage.trades.latest([]), new Map());
    },
  },
  {
    name: 'live: a read from one number before a position shows the entry at the position, and that a log has not reached it',
    run: async storage => {
      const [ann, bob] = [await addUser(storage), await addUser(storage)];
      await tradeMany(storage, ann, bob, 3);
      const all = await storage.trades.entriesAfter(bob.id, 0, 10);
      assert.deepEqual(await storage.trades.entriesAfter(bob.id, 1, 10), all.slice(1));
      assert.deepEqual(await storage.trades.entriesAfter(bob.id, 3, 10), []);
      assert.equal((await storage.trades.latest([bob.id])).get(bob.id), 3);
    },
  },
  {
    name: 'live: of many sessions the live ones are found with one query',
    run: async storage => {
      const [one, two, gone] = [
        await addUserWithSession(storage),
        await addUserWithSession(storage),
        await addUserWithSession(storage),
      ];
      const all = [one, two, gone].map(({ session }) => session);
      await storage.sessions.remove(gone.user.id, gone.session.id);
      const found = await storage.sessions.findLive(all, boundsAt(0));
      assert.deepEqual(found.map(({ id }) => id).sort(), [one.session.id, two.session.id].sort());
      assert.deepEqual(
        found.find(({ id }) => id === one.session.id),
        one.session,
      );
      assert.deepEqual(await storage.sessions.findLive(all, boundsAt(3600)), []);
      assert.deepEqual(await storage.sessions.findLive(all, boundsAt(60, 60)), []);
      assert.deepEqual(await storage.sessions.findLive([], boundsAt(0)), []);
      // A session is found under the user it belongs to, and under no other.
      const stolen = [{ id: one.session.id, userId: two.user.id }];
      assert.deepEqual(await storage.sessions.findLive(stolen, boundsAt(0)), []);
    },
  },
  {
    name: 'live: a trade is signalled for both parties',
    run: async storage => {
      const [ann, bob] = [await addUser(storage), await addUser(storage)];
      const card = await addCard(storage, ann);
      await assertSignalled(storage, 'entries', [ann.id, bob.id], () =>
        storage.trades.record(proposal(ann, card, { id: bob.id }), null),
      );
    },
  },
  {
    name: 'live: the early end of a session is signalled, however it ended',
    run: async storage => {
      const { sessions } = storage;
      const { user, session } = await addUserWithSession(storage);
      await assertSignalled(storage, 'sessions_ended', [session.id], () => sessions.remove(user.id, session.id));
      const replaced = await addSession(storage, user);
      await assertSignalled(storage, 'sessions_ended', [replaced.session.id], () =>
        sessions.add(newSession(user), newDigest(), replaced.digest, UNCAPPED),
      );
      const [one, two] = [await addSession(storage, user), await addSession(storage, user)];
      await assertSignalled(storage, 'sessions_ended', [one.session.id, two.session.id], () =>
        sessions.removeAll(user.id, null),
      );
    },
  },
  {
    name: 'live: the end of sessions beyond the cap is signalled',
    run: async storage => {
      const { user, session } = await addUserWithSession(storage);
      const other = await addSession(storage, user);
      await assertSignalled(storage, 'sessions_ended', [session.id, other.session.id], () =>
        addSession(storage, user, {}, capOf(1)),
      );
    },
  },
  {
    name: 'live: a session is no longer found live when its end is signalled',
    run: async storage => {
      const { sessions, signals } = storage;
      const { user, session } = await addUserWithSession(storage);
      // `missed` may come before the end. A signal that names the session may not.
      const found: { readonly kind: Signal['kind']; readonly isLive: boolean }[] = [];
      const stop = signals.subscribe(async signal => {
        if (signal.kind !== 'missed' && !idsOf(signal, 'sessions_ended').includes(session.id)) return;
        const live = await sessions.findLive([session], boundsAt(0));
        found.push({ kind: signal.kind, isLive: live.length > 0 });
      });
      try {
        await endSomeSession(storage);
        await sessions.remove(user.id, session.id);
        await waitUntil(() => found.some(({ isLive }) => !isLive));
        assert.ok(found.length > 0, 'the end was not signalled');
        assert.ok(!found.at(-1)?.isLive, 'no signal made its listener find the end');
        assert.deepEqual(
          found.filter(({ kind, isLive }) => kind === 'sessions_ended' && isLive),
          [],
        );
      } finally {
        stop();
      }
    },
  },
  {
    name: 'live: a subscription that was ended receives no more signals',
    run: async storage => {
      const received: Signal[] = [];
      storage.signals.subscribe(signal => void received.push(signal))();
      const { user, session } = await addUserWithSession(storage);
      await assertSignalled(storage, 'sessions_ended', [session.id], () =>
        storage.sessions.remove(user.id, session.id),
      );
      assert.deepEqual(received, []);
    },
  },
];
