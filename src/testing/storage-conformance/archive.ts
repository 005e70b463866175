import assert from 'node:assert/strict';
import { CopyOvertaken, StoreNotEmpty } from '../../application/copy/refusals.js';
import type { StorageConnector } from '../../application/ports/driven/storage.js';
import { ARCHIVE_COLLECTIONS } from '../../application/ports/driven/storage-archive.js';
import { publicUser } from '../../domain/user.js';
import { allInOrder, contents, inOrder, readAll, sampleRows } from './archive-rows.js';
import { fill, held, refusedAsUnfinished, withStorage, writeAll } from './archive-store.js';
import {
  addCard,
  addUser,
  at,
  boundsAt,
  NOW,
  newCard,
  newClaim,
  newSession,
  newUser,
  proposal,
  times,
} from './fixtures.js';

/**
 * One promise of `openArchive` and `beginImport`. `run` throws where the store does not keep it; it needs an empty store
 * of its own.
 */
export interface ArchiveConformanceCase {
  readonly name: string;
  run(empty: StorageConnector): Promise<void>;
}

const ROWS = sampleRows(12);
export const archiveConformance: readonly ArchiveConformanceCase[] = [
  {
    name: 'archive: what was written is read back as it was: text, moments, nulls and answers',
    run: async store => {
      await fill(store, ROWS);
      assert.deepEqual(await held(store), allInOrder(ROWS));
    },
  },
  {
    name: 'archive: pages of any size give the same rows in the same order, each once',
    run: async store => {
      await fill(store, ROWS);
      const archive = await store.openArchive();
      for (const collection of ARCHIVE_COLLECTIONS) {
        const whole = await archive.read(collection, null, 1000);
        assert.equal(whole.length, ROWS[collection].length);
        for (const size of [1, 2, 7, whole.length]) assert.deepEqual(await readAll(archive, collection, size), whole);
        assert.ok((await archive.count(collection)) > 0);
      }
      await archive.close();
    },
  },
  {
    name: 'archive: an empty store is read as nothing',
    run: async store => {
      await withStorage(store, async () => undefined);
      const archive = await store.openArchive();
      for (const collection of ARCHIVE_COLLECTIONS) assert.deepEqual(await archive.read(collection, null, 10), []);
      await archive.close();
    },
  },
  {
    name: 'archive: what the store itself wrote is read, both entries of a trade among it',
    run: async store => {
      const [ann, bob] = [newUser(), newUser()];
      const [session, claim, digest] = [newSession(ann), newClaim(), 'ab'.repeat(32)];
      await withStorage(store, async storage => {
        for (const user of [ann, bob]) await addUser(storage, user);
        await storage.sessions.add(session, digest, null);
        const card = await addCard(storage, ann);
        await storage.trades.record(proposal(ann, card, { id: bob.id }), claim);
      });
      const { users, cards, tradeEntries, idempotencyRecords, sessions } = await held(store);
      assert.deepEqual(
        users,
        inOrder(
          'users',
          [ann, bob].map(user => ({ user, passwordHash: '$hash$' })),
        ),
      );
      assert.deepEqual(
        cards.map(({ ownerId }) => ownerId),
        [bob.id],
      );
      const entryOf = (owner: typeof ann) => tradeEntries.find(({ userId }) => userId === owner.id)?.entry;
      assert.deepEqual([tradeEntries.length, entryOf(bob)?.counterparty], [2, publicUser(ann)]);
      assert.deepEqual(idempotencyRecords, [{ userId: ann.id, claim, answer: entryOf(ann) }]);
      assert.deepEqual(sessions, [{ session, digest }]);
    },
  },
  {
    name: 'archive: a store that holds anything cannot be copied into, and stays as it is',
    run: async store => {
      await withStorage(store, async storage => void (await addUser(storage)));
      const before = await held(store);
      await assert.rejects(store.beginImport(), (error: unknown) => {
        assert.ok(error instanceof StoreNotEmpty);
        assert.deepEqual(error.collections, ['users']);
        return true;
      });
      assert.deepEqual(await held(store), before);
      await withStorage(store, async storage => void (await addUser(storage)));
    },
  },
  {
    name: 'archive: an unfinished copy keeps the store closed, and the next one starts from nothing',
    run: async store => {
      const broken = await store.beginImport();
      await writeAll(broken, sampleRows(7));
      await broken.close();
      await refusedAsUnfinished(store);
      const again = await store.beginImport();
      assert.deepEqual(await contents(again), allInOrder(sampleRows(0)));
      await again.close();
      await refusedAsUnfinished(store);
      await fill(store, ROWS);
      assert.deepEqual(await held(store), allInOrder(ROWS));
    },
  },
  {
    name: 'archive: logs go on with the number that follows, in whatever order their entries came',
    run: async store => {
      await fill(store, { ...ROWS, tradeEntries: ROWS.tradeEntries.toReversed() });
      await withStorage(store, async storage => {
        for (const index of times(ROWS.users.length)) {
          const [{ user }, { user: next }] = [at(ROWS.users, index), at(ROWS.users, index + 1)];
          const written = ROWS.tradeEntries.filter(({ userId }) => userId === user.id).length;
          const before = await storage.trades.page(user.id, { direction: 'all', before: null, limit: 10 });
          assert.deepEqual([before.latest, before.entries.length], [written + (index === 0 ? 0 : 1), before.latest]);
          const card = await addCard(storage, user);
          const outcome = await storage.trades.record(proposal(user, card, { id: next.id }), null);
          assert.equal(outcome.outcome === 'recorded' && outcome.entry.number, before.latest + 1);
        }
      });
    },
  },
  {
    name: 'archive: accounts, sessions, cards and claims work in the store they were copied to',
    run: async store => {
      await fill(store, ROWS);
      await withStorage(store, async storage => {
        for (const account of ROWS.users) {
          const { email, username } = account.user;
          assert.deepEqual(await storage.users.findAccount({ email }), account);
          assert.deepEqual(await storage.users.findAccount({ username }), account);
        }
        for (const { session, digest } of ROWS.sessions) {
          assert.deepEqual((await storage.sessions.use(digest, boundsAt(1), NOW))?.session.id, session.id);
        }
        for (const card of ROWS.cards) {
          assert.ok(
            (await storage.cards.list(card.ownerId, { before: null, limit: 10 })).some(({ id }) => id === card.id),
          );
        }
        for (const { userId, claim, answer } of ROWS.idempotencyRecords) {
          const { user } = at(
            ROWS.users.filter(account => account.user.id === userId),
            0,
          );
          const replayed = { outcome: 'replayed', request: claim.request, answer };
          assert.deepEqual(await storage.cards.add(newCard(user), claim), replayed);
        }
      });
    },
  },
];

/** For stores that several can have open at once. */
export const sharedArchiveConformance: readonly ArchiveConformanceCase[] = [
  {
    name: 'archive: a copy that another has overtaken can neither write nor finish',
    run: async store => {
      const first = await store.beginImport();
      await first.write('users', ROWS.users.slice(0, 3));
      const second = await store.beginImport();
      await assert.rejects(first.write('users', ROWS.users.slice(3)), CopyOvertaken);
      await assert.rejects(first.finish(), CopyOvertaken);
      await writeAll(second, ROWS);
      await assert.rejects(first.write('cards', ROWS.cards), CopyOvertaken);
      await second.finish();
      await assert.rejects(first.finish(), CopyOvertaken);
      assert.deepEqual(await held(store), allInOrder(ROWS));
      await first.close();
      await second.close();
    },
  },
];
