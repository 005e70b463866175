import assert from 'node:assert/strict';
import type { Storage } from '../../application/ports/driven/storage.js';
import { addSeconds } from '../../domain/timestamp.js';
import type { ConformanceCase } from './fixtures.js';
import { addCard, addUser, cardsOf, HOUR, NOW, newCard, newClaim, proposal, times } from './fixtures.js';

const trio = async (storage: Storage) => {
  const [sender, recipient] = [await addUser(storage), await addUser(storage)];
  return { sender, recipient, card: await addCard(storage, sender) };
};

export const idempotencyCases: readonly ConformanceCase[] = [
  {
    name: 'idempotency: the same claim again returns the first trade and records none',
    run: async storage => {
      const { sender, recipient, card } = await trio(storage);
      const claim = newClaim();
      const first = await storage.trades.record(proposal(sender, card, { id: recipient.id }), claim);
      assert.equal(first.outcome, 'recorded');
      const again = await storage.trades.record(proposal(sender, card, { id: recipient.id }), claim);
      const entry = first.outcome === 'recorded' ? first.entry : null;
      assert.deepEqual(again, { outcome: 'replayed', request: claim.request, answer: entry });
      assert.equal((await storage.trades.entriesAfter(sender.id, 0, 10)).length, 1);
    },
  },
  {
    name: 'idempotency: a claim still counts after the card has come back',
    run: async storage => {
      const { sender, recipient, card } = await trio(storage);
      const claim = newClaim();
      await storage.trades.record(proposal(sender, card, { id: recipient.id }), claim);
      await storage.trades.record(proposal(recipient, card, { id: sender.id }), null);
      const again = await storage.trades.record(proposal(sender, card, { id: recipient.id }), claim);
      assert.equal(again.outcome, 'replayed');
      assert.deepEqual(await cardsOf(storage, sender), [card.id]);
    },
  },
  {
    name: 'idempotency: a claimed key with another request returns the first request and records none',
    run: async storage => {
      const { sender, recipient, card } = await trio(storage);
      const claim = newClaim('the first');
      await storage.trades.record(proposal(sender, card, { id: recipient.id }), claim);
      const second = await addCard(storage, sender);
      const other = await storage.trades.record(proposal(sender, second, { id: recipient.id }), {
        ...claim,
        request: 'another',
      });
      assert.equal(other.outcome === 'replayed' && other.request, 'the first');
      assert.deepEqual(await cardsOf(storage, sender), [second.id]);
    },
  },
  {
    name: 'idempotency: one key stands for one request, whatever the operation',
    run: async storage => {
      const { sender, recipient, card } = await trio(storage);
      const claim = newClaim('a card');
      await storage.cards.add(newCard(sender), claim);
      const traded = await storage.trades.record(proposal(sender, card, { id: recipient.id }), {
        ...claim,
        request: 'a trade',
      });
      assert.equal(traded.outcome === 'replayed' && traded.request, 'a card');
      assert.ok((await cardsOf(storage, sender)).includes(card.id));
    },
  },
  {
    name: 'idempotency: a refused trade does not use up its key',
    run: async storage => {
      const { sender, recipient, card } = await trio(storage);
      const claim = newClaim();
      const refused = await storage.trades.record(proposal(recipient, card, { id: sender.id }), claim);
      assert.equal(refused.outcome, 'refused');
      await storage.trades.record(proposal(sender, card, { id: recipient.id }), null);
      const recorded = await storage.trades.record(proposal(recipient, card, { id: sender.id }), claim);
      assert.equal(recorded.outcome, 'recorded');
    },
  },
  {
    name: 'idempotency: of many concurrent attempts with one key one records a trade, and the others return it',
    run: async storage => {
      const { sender, recipient, card } = await trio(storage);
      const claim = newClaim();
      const outcomes = await Promise.all(
        times(20).map(() => storage.trades.record(proposal(sender, card, { id: recipient.id }), claim)),
      );
      const [entry, ...more] = await storage.trades.entriesAfter(sender.id, 0, 10);
      assert.deepEqual(more, []);
      const recorded = outcomes.filter(({ outcome }) => outcome === 'recorded');
      assert.equal(recorded.length, 1);
      const replayed = outcomes.flatMap(outcome => (outcome.outcome === 'replayed' ? [outcome.answer] : []));
      assert.deepEqual(replayed, Array(19).fill(entry));
    },
  },
  {
    name: 'idempotency: of concurrent attempts with different cards and one key one is recorded',
    run: async storage => {
      const { sender, recipient } = await trio(storage);
      const claim = newClaim();
      const cards = await Promise.all(times(6).map(() => addCard(storage, sender)));
      const outcomes = await Promise.all(
        cards.map(card =>
          storage.trades.record(proposal(sender, card, { id: recipient.id }), { ...claim, request: card.id }),
        ),
      );
      assert.equal(outcomes.filter(({ outcome }) => outcome === 'recorded').length, 1);
      assert.equal(outcomes.filter(({ outcome }) => outcome === 'replayed').length, 5);
      assert.equal((await cardsOf(storage, recipient)).length, 1);
      assert.equal((await storage.trades.entriesAfter(recipient.id, 0, 10)).length, 1);
    },
  },
];

export const idempotencySweepCases: readonly ConformanceCase[] = [
  {
    name: 'idempotency: sweeping deletes old keys, up to the limit, and keeps the others',
    run: async storage => {
      const owner = await addUser(storage);
      // Far in the past, so that no claim of another case is old by then.
      const past = addSeconds(NOW, -1000 * HOUR);
      const old = times(3).map(() => ({ ...newClaim(), claimedAt: past }));
      const recent = { ...newClaim(), claimedAt: addSeconds(past, 1) };
      for (const claim of [...old, recent]) await storage.cards.add(newCard(owner), claim);
      assert.equal(await storage.idempotency.removeExpired(past, 2), 2);
      assert.equal(await storage.idempotency.removeExpired(past, 2), 1);
      assert.equal(await storage.idempotency.removeExpired(past, 2), 0);
      for (const claim of old) assert.deepEqual(await storage.cards.add(newCard(owner), claim), { outcome: 'added' });
      assert.equal((await storage.cards.add(newCard(owner), recent)).outcome, 'replayed');
    },
  },
];
