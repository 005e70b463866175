import assert from 'node:assert/strict';
import type { Storage } from '../../application/ports/driven/storage.js';
import type { UserReference } from '../../application/ports/driven/user-repository.js';
import type { TradeDirection } from '../../domain/trade.js';
import type { User } from '../../domain/user.js';
import { parseUsername, publicUser } from '../../domain/user.js';
import type { ConformanceCase } from './fixtures.js';
import { addCard, addUser, cardsOf, NOW, newId, newUser, proposal, times } from './fixtures.js';

const log = async (storage: Storage, user: User, direction: TradeDirection | 'all' = 'all') =>
  (await storage.trades.page(user.id, { direction, before: null, limit: 1000 })).entries;

const references = ({ id, email, username }: User): UserReference[] => [
  { id },
  { email },
  { username: parseUsername(username.toUpperCase()) },
];

async function assertUntouched(storage: Storage, users: readonly User[], owner: User, card: { id: string }) {
  for (const user of users) assert.deepEqual(await log(storage, user), []);
  assert.ok((await cardsOf(storage, owner)).some(id => id === card.id));
}

/** Records `count` trades. Returns their numbers in the sender's log. */
export async function tradeMany(storage: Storage, from: User, to: User, count: number): Promise<number[]> {
  const numbers = [];
  for (const index of times(count)) {
    const card = await addCard(storage, from, `card ${index}`);
    const recorded = await storage.trades.record(proposal(from, card, { id: to.id }), null);
    assert.equal(recorded.outcome, 'recorded');
    if (recorded.outcome === 'recorded') numbers.push(recorded.entry.number);
  }
  return numbers;
}

export const tradeCases: readonly ConformanceCase[] = [
  {
    name: 'trades: a trade moves the one card and adds an entry to both logs; the recipient can be named in three ways',
    run: async storage => {
      const [sender, recipient] = [await addUser(storage), await addUser(storage)];
      for (const [index, reference] of references(recipient).entries()) {
        const [card, kept] = [await addCard(storage, sender, 'Traded'), await addCard(storage, sender)];
        const proposed = proposal(sender, card, reference);
        const { id: tradeId, cardId } = proposed;
        const shared = { number: index + 1, tradeId, cardId, cardName: card.name, createdAt: NOW };
        const sent = { ...shared, direction: 'sent', counterparty: publicUser(recipient) };
        const received = { ...shared, direction: 'received', counterparty: publicUser(sender) };
        assert.deepEqual(await storage.trades.record(proposed, null), { outcome: 'recorded', entry: sent });
        assert.deepEqual((await log(storage, sender))[0], sent);
        assert.deepEqual((await log(storage, recipient))[0], received);
        assert.ok((await cardsOf(storage, recipient)).includes(card.id));
        assert.ok(!(await cardsOf(storage, sender)).includes(card.id));
        assert.ok((await cardsOf(storage, sender)).includes(kept.id));
      }
    },
  },
  {
    name: 'trades: a trade changes nothing of the card but its owner',
    run: async storage => {
      const [sender, recipient] = [await addUser(storage), await addUser(storage)];
      const card = await addCard(storage, sender);
      await storage.trades.record(proposal(sender, card, { id: recipient.id }), null);
      const [moved] = await storage.cards.list(recipient.id, { before: null, limit: 1 });
      assert.deepEqual(moved, { ...card, ownerId: recipient.id });
    },
  },
  {
    name: 'trades: a card that does not exist is refused',
    run: async storage => {
      const [sender, recipient] = [await addUser(storage), await addUser(storage)];
      const refused = await storage.trades.record(proposal(sender, { id: newId() }, { id: recipient.id }), null);
      assert.deepEqual(refused, { outcome: 'refused', facts: { cardOwnerId: null, recipientId: recipient.id } });
      assert.deepEqual([await log(storage, sender), await log(storage, recipient)], [[], []]);
    },
  },
  {
    name: "trades: another user's card is refused",
    run: async storage => {
      const [owner, thief, recipient] = [await addUser(storage), await addUser(storage), await addUser(storage)];
      const card = await addCard(storage, owner);
      for (const to of [recipient, owner]) {
        const refused = await storage.trades.record(proposal(thief, card, { id: to.id }), null);
        assert.deepEqual(refused, { outcome: 'refused', facts: { cardOwnerId: owner.id, recipientId: to.id } });
      }
      await assertUntouched(storage, [owner, thief, recipient], owner, card);
    },
  },
  {
    name: 'trades: a recipient that does not exist is refused, however it is named',
    run: async storage => {
      const sender = await addUser(storage);
      const card = await addCard(storage, sender);
      for (const reference of references(newUser())) {
        const refused = await storage.trades.record(proposal(sender, card, reference), null);
        assert.deepEqual(refused, { outcome: 'refused', facts: { cardOwnerId: sender.id, recipientId: null } });
      }
      await assertUntouched(storage, [sender], sender, card);
    },
  },
  {
    name: 'trades: a trade with oneself is refused, however the recipient is named',
    run: async storage => {
      const sender = await addUser(storage);
      const card = await addCard(storage, sender);
      for (const reference of references(sender)) {
        const refused = await storage.trades.record(proposal(sender, card, reference), null);
        assert.deepEqual(refused, { outcome: 'refused', facts: { cardOwnerId: sender.id, recipientId: sender.id } });
      }
      await assertUntouched(storage, [sender], sender, card);
    },
  },
  {
    name: 'trades: a card can go back and forth, and only its current owner can trade it',
    run: async storage => {
      const [ann, bob] = [await addUser(storage), await addUser(storage)];
      const card = await addCard(storage, ann);
      for (const [from, to] of [
        [ann, bob],
        [bob, ann],
        [ann, bob],
      ] as const) {
        assert.equal((await storage.trades.record(proposal(to, card, { id: from.id }), null)).outcome, 'refused');
        assert.equal((await storage.trades.record(proposal(from, card, { id: to.id }), null)).outcome, 'recorded');
      }
      assert.deepEqual(await cardsOf(storage, bob), [card.id]);
      assert.deepEqual(
        (await log(storage, ann)).map(({ number }) => number),
        [3, 2, 1],
      );
    },
  },
  {
    name: 'trades: pages are newest first, neither skip nor repeat, and have the newest number of the whole log',
    run: async storage => {
      const [ann, bob] = [await addUser(storage), await addUser(storage)];
      await tradeMany(storage, ann, bob, 5);
      const page = (before: number | null) => storage.trades.page(ann.id, { direction: 'all', before, limit: 2 });
      const numbers = async (before: number | null) => (await page(before)).entries.map(({ number }) => number);
      assert.deepEqual(await numbers(null), [5, 4]);
      await tradeMany(storage, bob, ann, 1);
      assert.deepEqual(await numbers(4), [3, 2]);
      assert.deepEqual(await numbers(2), [1]);
      assert.deepEqual(await numbers(1), []);
      assert.equal((await page(null)).latest, 6);
      assert.equal((await page(1)).latest, 6);
    },
  },
  {
    name: 'trades: a page of one direction has only entries of that direction',
    run: async storage => {
      const [ann, bob] = [await addUser(storage), await addUser(storage)];
      await tradeMany(storage, ann, bob, 2);
      await tradeMany(storage, bob, ann, 3);
      await tradeMany(storage, ann, bob, 1);
      const page = async (direction: TradeDirection, before: number | null, limit: number) => {
        const { entries, latest } = await storage.trades.page(ann.id, { direction, before, limit });
        assert.equal(latest, 6);
        assert.ok(entries.every(entry => entry.direction === direction));
        return entries.map(({ number }) => number);
      };
      assert.deepEqual(await page('sent', null, 10), [6, 2, 1]);
      assert.deepEqual(await page('sent', 6, 1), [2]);
      assert.deepEqual(await page('received', null, 2), [5, 4]);
      assert.deepEqual(await page('received', 4, 2), [3]);
      assert.deepEqual(await page('received', 3, 2), []);
    },
  },
  {
    name: 'trades: an empty log has an empty page, and 0 as its newest number',
    run: async storage => {
      const user = await addUser(storage);
      for (const direction of ['all', 'sent', 'received'] as const) {
        const page = await storage.trades.page(user.id, { direction, before: null, limit: 10 });
        assert.deepEqual(page, { entries: [], latest: 0 });
      }
      assert.deepEqual(await storage.trades.entriesAfter(user.id, 0, 10), []);
    },
  },
  {
    name: 'trades: entries after a number come oldest first',
    run: async storage => {
      const [ann, bob] = [await addUser(storage), await addUser(storage)];
      await tradeMany(storage, ann, bob, 5);
      const after = async (number: number, limit: number) =>
        (await storage.trades.entriesAfter(bob.id, number, limit)).map(entry => entry.number);
      assert.deepEqual(await after(0, 3), [1, 2, 3]);
      assert.deepEqual(await after(3, 3), [4, 5]);
      assert.deepEqual(await after(5, 3), []);
      assert.deepEqual(await storage.trades.entriesAfter(ann.id, 0, 9), (await log(storage, ann)).reverse());
    },
  },
];
