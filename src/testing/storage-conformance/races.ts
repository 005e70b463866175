import assert from 'node:assert/strict';
import type { Storage } from '../../application/ports/driven/storage.js';
import type { Id } from '../../domain/id.js';
import type { TradeEntry } from '../../domain/trade.js';
import type { User } from '../../domain/user.js';
import type { ConformanceCase } from './fixtures.js';
import { addCard, addSession, addUser, at, capOf, cardsOf, proposal, times } from './fixtures.js';

/** Returns the whole log, oldest first. Asserts that its numbers are 1, 2, 3, … */
async function readGaplessLog(storage: Storage, user: User): Promise<TradeEntry[]> {
  const entries = await storage.trades.entriesAfter(user.id, 0, 100_000);
  assert.deepEqual(
    entries.map(({ number }) => number),
    times(entries.length).map(index => index + 1),
  );
  return entries;
}

/** The owners of the cards according to the logs: the newest entry about a card says whether it came or went. */
async function ownersByLogs(storage: Storage, users: readonly User[]): Promise<Map<Id, Id>> {
  const owners = new Map<Id, Id>();
  for (const user of users) {
    const held = new Map<Id, boolean>();
    for (const { cardId, direction } of await readGaplessLog(storage, user)) held.set(cardId, direction === 'received');
    for (const [cardId, isHeld] of held) if (isHeld) owners.set(cardId, user.id);
  }
  return owners;
}

export const raceCases: readonly ConformanceCase[] = [
  {
    name: 'races: of two concurrent trades of one card exactly one is recorded',
    run: async storage => {
      const [sender, ...rivals] = [await addUser(storage), await addUser(storage), await addUser(storage)];
      for (const _ of times(25)) {
        const card = await addCard(storage, sender);
        const outcomes = await Promise.all(
          rivals.map(rival => storage.trades.record(proposal(sender, card, { id: rival.id }), null)),
        );
        assert.deepEqual(outcomes.map(({ outcome }) => outcome).sort(), ['recorded', 'refused']);
        const winner = at(
          rivals,
          outcomes.findIndex(({ outcome }) => outcome === 'recorded'),
        );
        for (const rival of rivals) {
          assert.equal((await cardsOf(storage, rival)).includes(card.id), rival === winner);
        }
      }
      assert.equal((await readGaplessLog(storage, sender)).length, 25);
    },
  },
  {
    name: 'races: concurrent trades in opposite directions are all recorded',
    run: async storage => {
      const [ann, bob] = [await addUser(storage), await addUser(storage)];
      for (const _ of times(15)) {
        const [hers, his] = [await addCard(storage, ann), await addCard(storage, bob)];
        const outcomes = await Promise.all([
          storage.trades.record(proposal(ann, hers, { id: bob.id }), null),
          storage.trades.record(proposal(bob, his, { id: ann.id }), null),
        ]);
        assert.deepEqual(
          outcomes.map(({ outcome }) => outcome),
          ['recorded', 'recorded'],
        );
      }
      assert.equal((await readGaplessLog(storage, ann)).length, 30);
      assert.equal((await readGaplessLog(storage, bob)).length, 30);
    },
  },
  {
    name: 'races: when many users trade few cards, logs are gapless and agree with the owners',
    run: async storage => {
      const users = await Promise.all(times(4).map(() => addUser(storage)));
      const cards = await Promise.all(times(8).map(index => addCard(storage, at(users, index))));
      const trader = async (seed: number) => {
        for (const step of times(15)) {
          const card = at(cards, seed * 5 + step * 3);
          const [from, to] = [at(users, seed + step), at(users, seed + step + 1 + (step % 3))];
          if (from !== to) await storage.trades.record(proposal(from, card, { id: to.id }), null);
        }
      };
      await Promise.all(times(8).map(trader));

      const logged = await ownersByLogs(storage, users);
      for (const user of users) {
        for (const cardId of await cardsOf(storage, user)) {
          const initial = cards.findIndex(({ id }) => id === cardId);
          assert.equal(logged.get(cardId) ?? at(users, initial).id, user.id);
        }
      }
      const held = await Promise.all(users.map(user => cardsOf(storage, user)));
      assert.equal(held.flat().length, cards.length);
    },
  },
  {
    name: 'races: a reader that continues from number to number sees every entry once and in order',
    run: async storage => {
      const [ann, bob] = [await addUser(storage), await addUser(storage)];
      const cards = await Promise.all(times(40).map(() => addCard(storage, ann)));
      let done = false;
      const trading = Promise.all(
        cards.map(card => storage.trades.record(proposal(ann, card, { id: bob.id }), null)),
      ).finally(() => {
        done = true;
      });
      const seen: number[] = [];
      for (let last = false; !last; ) {
        last = done;
        for (const { number } of await storage.trades.entriesAfter(bob.id, seen.at(-1) ?? 0, 7)) seen.push(number);
        if (last && seen.length < 40)
          last = (await storage.trades.entriesAfter(bob.id, seen.at(-1) ?? 0, 1)).length === 0;
      }
      await trading;
      assert.deepEqual(
        seen,
        times(40).map(index => index + 1),
      );
    },
  },
];

export const loginRaceCases: readonly ConformanceCase[] = [
  {
    name: 'races: concurrent logins never leave more sessions than the cap',
    run: async storage => {
      const user = await addUser(storage);
      const cap = capOf(3);
      const countLive = async () => (await storage.sessions.list(user.id, cap, { before: null, limit: 1000 })).length;
      let done = false;
      const opening = Promise.all(
        times(5).map(async () => {
          for (const _ of times(8)) await addSession(storage, user, {}, cap);
        }),
      ).finally(() => {
        done = true;
      });
      const counts: number[] = [];
      while (!done) counts.push(await countLive());
      await opening;
      assert.ok(counts.every(count => count <= 3));
      assert.equal(await countLive(), 3);
    },
  },
];
