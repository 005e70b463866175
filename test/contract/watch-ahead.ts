import assert from 'node:assert/strict';
import { TradeWatches } from '../../src/application/live/trade-watches.js';
import type { TradeLog } from '../../src/application/ports/driven/trade-log.js';
import { publicUser } from '../../src/domain/user.js';
import type { ConformanceCase } from '../../src/testing/storage-conformance/fixtures.js';
import { addUser } from '../../src/testing/storage-conformance/fixtures.js';
import { tradeMany } from '../../src/testing/storage-conformance/trades.js';

async function waitUntil(holds: () => boolean): Promise<void> {
  const until = performance.now() + 1000;
  while (!holds() && performance.now() < until) await new Promise(resolve => setTimeout(resolve, 5));
}

/** Watches as the application runs them, on a store. */
export const watchAhead: ConformanceCase = {
  name: 'live: a watch that is ahead of its log ends, by its own read and by the check; one at its end goes on',
  run: async storage => {
    const [ann, bob] = [await addUser(storage), await addUser(storage)];
    await tradeMany(storage, ann, bob, 3);
    const watches = new TradeWatches(storage.trades, () => undefined);
    const watch = (after: number): { numbers: number; failures: unknown[] } => {
      const seen = { numbers: 0, failures: [] as unknown[] };
      watches.add(publicUser(bob), after, {
        onTrade: () => {
          seen.numbers += 1;
        },
        onFailure: error => void seen.failures.push(error),
      });
      return seen;
    };
    const [behind, even, ahead] = [watch(1), watch(3), watch(4)];
    await waitUntil(() => ahead.failures.length > 0 && behind.numbers === 2);
    assert.equal(ahead.failures.length, 1, 'the read did not find it');
    await watches.check();
    await tradeMany(storage, ann, bob, 1);
    await watches.check();
    await waitUntil(() => even.numbers === 1 && behind.numbers === 3);
    watches.clear();
    assert.deepEqual([behind.numbers, even.numbers, ahead.numbers], [3, 1, 0]);
    assert.deepEqual([behind.failures, even.failures], [[], []]);
    assert.deepEqual(
      ahead.failures.map(error => (error as { code?: unknown }).code),
      ['validation_failed'],
    );
    // A log without entries, which `latest` may leave out.
    const [eve] = [await addUser(storage)];
    const empty: unknown[] = [];
    const unread: TradeLog = {
      record: (...parameters) => storage.trades.record(...parameters),
      page: (...parameters) => storage.trades.page(...parameters),
      latest: userIds => storage.trades.latest(userIds),
      entriesAfter: () => new Promise(() => undefined),
    };
    const checked = new TradeWatches(unread, () => undefined);
    checked.add(publicUser(eve), 2, { onTrade: () => undefined, onFailure: error => void empty.push(error) });
    await checked.check();
    checked.clear();
    assert.equal(empty.length, 1);
  },
};
