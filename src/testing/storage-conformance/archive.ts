import assert from 'node:assert/strict';
import { ARCHIVE_COLLECTIONS } from '../../application/ports/driven/storage-archive.js';
import { CopyOvertaken, StoreNotEmpty } from '../../application/ports/driven/storage-errors.js';
import { publicUser } from '../../domain/user.js';
import {
  assertUnfinished,
  fill,
  readAll,
  readContents,
  readStore,
  sampleRows,
  sortAll,
  sortRows,
  withStorage,
  writeAll,
} from './archive-fixtures.js';
import type { ArchiveConformanceCase } from './fixtures.js';
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
  UNCAPPED,
} from './fixtures.js';

const ROWS = sampleRows(12);

/** The requirements for `copying` of a connector. Each case needs a connector of a new, empty store. */
export const archiveConformance: readonly ArchiveConformanceCase[] = [
  {
    name: 'archive: rows are read back as they were written: text, timestamps, nulls and answers',
    run: async store => {
      await fill(store, ROWS);
      assert.deepEqual(await readStore(store), sortAll(ROWS));
    },
  },
  {
    name: 'archive: pages of any size return the same rows in the same order, each once',
    run: async store => {
      await fill(store, ROWS);
      const archive = await store.copying.openArchive();
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
    name: 'archive: an empty store has no rows',
    run: async store => {
      await withStorage(store, async () => undefined);
      const archive = await store.copying.openArchive();
      for (const collection of ARCHIVE_COLLECTIONS) assert.deepEqual(await archive.read(collection, null, 10), []);
      await archive.close();
    },
  },
  {
    name: 'archive: rows the store wrote itself are read, including both entries of a trade',
    run: async store => {
      const [ann, bob] = [newUser(), newUser()];
      const [session, claim, digest] = [newSession(ann), newClaim(), 'ab'.repeat(32)];
      await withStorage(store, async storage => {
        for (const user of [ann, bob]) await addUser(storage, user);
        await storage.sessions.add(session, digest, null, UNCAPPED);
        const card = await addCard(storage, ann);
        await storage.trades.record(proposal(ann, card, { id: bob.id }), claim);
      });
      const { users, cards, tradeEntries, idempotencyRecords, sessions } = await readStore(store);
      assert.deepEqual(
        users,
        sortRows(
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
    name: 'archive: a store that holds anything cannot be copied into and stays unchanged',
    run: async store => {
      await withStorage(store, async storage => void (await addUser(storage)));
      const before = await readStore(store);
      await assert.rejects(store.copying.beginImport(), (error: unknown) => {
        assert.ok(error instanceof StoreNotEmpty);
        assert.deepEqual(error.collections, ['users']);
        return true;
      });
      assert.deepEqual(await readStore(store), before);
      await withStorage(store, async storage => void (await addUser(storage)));
    },
  },
  {
    name: 'archive: an unfinished copy keeps the store closed, and the next copy starts with an empty store',
    run: async store => {
      const broken = await store.copying.beginImport();
      await writeAll(broken, sampleRows(7));
      await broken.close();
      await assertUnfinished(store);
      const again = await store.copying.beginImport();
      assert.deepEqual(await readContents(again), sortAll(sampleRows(0)));
      await again.close();
      await assertUnfinished(store);
      await fill(store, ROWS);
      assert.deepEqual(await readStore(store), sortAll(ROWS));
    },
  },
  {
    name: 'archive: logs continue with the next number, in whatever order their entries were written',
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

/** For stores that several processes can open at once. */
export const sharedArchiveConformance: readonly ArchiveConformanceCase[] = [
  {
    name: 'archive: an overtaken copy can neither write nor finish',
    run: async store => {
      const first = await store.copying.beginImport();
      await first.write('users', ROWS.users.slice(0, 3));
      const second = await store.copying.beginImport();
      await assert.rejects(first.write('users', ROWS.users.slice(3)), CopyOvertaken);
      await assert.rejects(first.finish(), CopyOvertaken);
      await writeAll(second, ROWS);
      await assert.rejects(first.write('cards', ROWS.cards), CopyOvertaken);
      await second.finish();
      await assert.rejects(first.finish(), CopyOvertaken);
      assert.deepEqual(await readStore(store), sortAll(ROWS));
      await first.close();
      await second.close();
    },
  },
];
