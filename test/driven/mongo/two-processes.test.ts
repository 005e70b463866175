import { expect, it } from 'vitest';
import { mongo } from '../../../src/adapters/driven/mongo/index.js';
import { addCard, addUser, newClaim, proposal, times } from '../../../src/testing/storage-conformance/fixtures.js';
import { describeMongo } from '../../setup/mongo-database.js';

// Within a process, transactions that change rows of the same users run one after another. Two stores stand for two
// processes, whose transactions conflict: MongoDB aborts one of them and the adapter retries it.
describeMongo('concurrent trades of two processes', ({ url, database }) => {
  const both = () => Promise.all(times(2).map(() => mongo({ url, database, poolSize: 30 }).open()));

  it('leave gapless logs that agree', { timeout: 30_000 }, async () => {
    const [one, two] = await both();
    if (!one || !two) throw new Error('two stores');
    const [ann, bob] = [await addUser(one), await addUser(one)];
    const cards = await Promise.all(times(24).map(() => addCard(one, ann)));
    const trades = cards.map((card, index) =>
      (index % 2 === 0 ? one : two).trades.record(proposal(ann, card, { id: bob.id }), null),
    );
    const outcomes = await Promise.all(trades);
    expect(outcomes.filter(({ outcome }) => outcome === 'recorded')).toHaveLength(24);
    for (const { id } of [ann, bob]) {
      const log = await one.trades.entriesAfter(id, 0, 100);
      expect(log.map(({ number }) => number)).toEqual(times(24).map(index => index + 1));
      expect(new Set(log.map(({ cardId }) => cardId)).size).toBe(24);
    }
    await Promise.all([one.close(), two.close()]);
  });

  it('with one key, a hundred times: one trade and equal answers', { timeout: 30_000 }, async () => {
    const [one, two] = await both();
    if (!one || !two) throw new Error('two stores');
    const [ann, bob] = [await addUser(one), await addUser(one)];
    const card = await addCard(one, ann);
    const claim = newClaim();
    const outcomes = await Promise.all(
      times(100).map(index =>
        (index % 2 === 0 ? one : two).trades.record(proposal(ann, card, { username: bob.username }), claim),
      ),
    );
    const [entry, ...more] = await two.trades.entriesAfter(ann.id, 0, 10);
    expect(more).toEqual([]);
    expect(outcomes.filter(({ outcome }) => outcome === 'recorded')).toEqual([{ outcome: 'recorded', entry }]);
    const replayed = { outcome: 'replayed', request: claim.request, answer: entry };
    expect(outcomes.filter(({ outcome }) => outcome !== 'recorded')).toEqual(times(99).map(() => replayed));
    await Promise.all([one.close(), two.close()]);
  });
});
