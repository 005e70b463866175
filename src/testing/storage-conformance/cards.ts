import assert from 'node:assert/strict';
import { parseCardDescription, parseCardName } from '../../domain/card.js';
import type { ConformanceCase } from './fixtures.js';
import { addCard, addUser, cardsOf, newCard, newClaim, newId, times } from './fixtures.js';

export const cardCases: readonly ConformanceCase[] = [
  {
    name: 'cards: a card is read as it was added, by its owner only',
    run: async storage => {
      const [owner, stranger] = [await addUser(storage), await addUser(storage)];
      const card = {
        ...newCard(owner),
        name: parseCardName('🂡 "Ace" \\ $where'),
        description: parseCardDescription(`${'é'.repeat(997)}\u202e\t\n`),
      };
      assert.deepEqual(await storage.cards.add(card, null), { outcome: 'added' });
      assert.deepEqual(await storage.cards.list(owner.id, { before: null, limit: 10 }), [card]);
      assert.deepEqual(await storage.cards.list(stranger.id, { before: null, limit: 10 }), []);
    },
  },
  {
    name: 'cards: the list is newest first, in pages that neither skip nor repeat while cards are added',
    run: async storage => {
      const owner = await addUser(storage);
      const added = [];
      for (const _ of times(7)) added.unshift(await addCard(storage, owner));
      const first = await storage.cards.list(owner.id, { before: null, limit: 3 });
      assert.deepEqual(first, added.slice(0, 3));
      await addCard(storage, owner);
      const second = await storage.cards.list(owner.id, { before: first.at(-1)?.id ?? newId(), limit: 3 });
      assert.deepEqual(second, added.slice(3, 6));
      const third = await storage.cards.list(owner.id, { before: second.at(-1)?.id ?? newId(), limit: 3 });
      assert.deepEqual(third, added.slice(6));
    },
  },
  {
    name: 'cards: the same claim again returns the first card and adds none',
    run: async storage => {
      const owner = await addUser(storage);
      const claim = newClaim();
      const first = newCard(owner, 'first');
      assert.deepEqual(await storage.cards.add(first, claim), { outcome: 'added' });
      const again = await storage.cards.add(newCard(owner, 'second'), claim);
      assert.deepEqual(again, { outcome: 'replayed', request: claim.request, answer: first });
      assert.deepEqual(await cardsOf(storage, owner), [first.id]);
    },
  },
  {
    name: 'cards: a claimed key with another request returns the first request and adds none',
    run: async storage => {
      const owner = await addUser(storage);
      const claim = newClaim('the first');
      const first = newCard(owner);
      await storage.cards.add(first, claim);
      const other = await storage.cards.add(newCard(owner), { ...claim, request: 'another' });
      assert.deepEqual(other, { outcome: 'replayed', request: 'the first', answer: first });
      assert.deepEqual(await cardsOf(storage, owner), [first.id]);
    },
  },
  {
    name: 'cards: keys of different users are different keys',
    run: async storage => {
      const claim = newClaim();
      for (const owner of [await addUser(storage), await addUser(storage)]) {
        assert.deepEqual(await storage.cards.add(newCard(owner), claim), { outcome: 'added' });
      }
    },
  },
  {
    name: 'cards: of many concurrent attempts with one key one adds a card, and the others return it',
    run: async storage => {
      const owner = await addUser(storage);
      const claim = newClaim();
      const outcomes = await Promise.all(times(20).map(() => storage.cards.add(newCard(owner), claim)));
      const [id, ...more] = await cardsOf(storage, owner);
      assert.deepEqual(more, []);
      const replayed = outcomes.flatMap(outcome => (outcome.outcome === 'replayed' ? [outcome.answer.id] : []));
      assert.deepEqual(replayed, Array(19).fill(id));
    },
  },
];
