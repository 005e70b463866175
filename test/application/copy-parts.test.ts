import { describe, expect, it } from 'vitest';
import { Tally } from '../../src/application/copy/rows.js';
import type { CopyProgress } from '../../src/index.js';
import { addSeconds } from '../../src/index.js';
import { NOW, newDigest, newSession, UNCAPPED } from '../../src/testing/storage-conformance/fixtures.js';
import { altered, ROWS, TwoStores } from '../support/stores/two-stores.js';

describe('a tally', () => {
  const LARGEST = (1n << 256n) - 1n;
  const tallyOf = (rows: readonly (number | string)[]): Tally => {
    const tally = new Tally({ of: text => (text === '"largest"' ? LARGEST : BigInt(text)) });
    tally.add(rows);
    return tally;
  };

  it('is equal for the same rows in any order', () => {
    expect(tallyOf([1, 2, 3]).equals(tallyOf([3, 1, 2]))).toBe(true);
    expect(tallyOf([1, 2]).equals(tallyOf([1, 3]))).toBe(false);
  });

  it('counts rows, because their fingerprints may add up to the same', () => {
    expect(tallyOf([3]).equals(tallyOf([1, 2]))).toBe(false);
    expect([tallyOf([3]).count, tallyOf([1, 2]).count]).toEqual([1, 2]);
  });

  it('keeps its sum below 2^256', () => {
    expect(tallyOf(['largest', 1]).equals(tallyOf([0, 0]))).toBe(true);
  });
});

describe('copying', () => {
  it('reports the expected number of rows from the first report on', async () => {
    const stores = await TwoStores.filled();
    const reports: CopyProgress[] = [];
    await stores.copy({ onProgress: progress => reports.push(progress) });
    for (const { step, collection, total } of reports) {
      expect(total).toBe(ROWS[collection].length * (step === 'copy' ? 1 : 2));
    }
  });

  it('writes no batch whose rows are all left out', async () => {
    const stores = await TwoStores.filled();
    const storage = await stores.source.open();
    const user = ROWS.users[0]?.user;
    if (!user) throw new Error('no user');
    const over = { expiresAt: addSeconds(NOW, -1) };
    for (let count = 0; count < 100; count += 1)
      await storage.sessions.add(newSession(user, over), newDigest(), null, UNCAPPED);
    const written: number[] = [];
    await stores.copy({
      target: archive =>
        altered(archive, {
          write: (collection, rows) => {
            written.push(rows.length);
            return archive.write(collection, rows);
          },
        }),
    });
    expect(Math.min(...written)).toBeGreaterThan(0);
  });

  it('reports how many rows of the target differ', async () => {
    const stores = await TwoStores.filled();
    const lossy = stores.copy({
      target: archive =>
        altered(archive, {
          read: async (collection, after, limit) =>
            (await archive.read(collection, after, limit)).slice(collection === 'users' ? 1 : 0),
        }),
    });
    await expect(lossy).rejects.toThrow(/\(users: \d+ rows instead of 10\)/);
  });
});
