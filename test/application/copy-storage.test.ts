import { beforeEach, describe, expect, it } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import type { ArchiveCollection, CopyProgress, StorageImport } from '../../src/index.js';
import { ARCHIVE_COLLECTIONS, addSeconds } from '../../src/index.js';
import { readStore, sortAll } from '../../src/testing/storage-conformance/archive-fixtures.js';
import { addUser, NOW, newDigest, newSession, UNCAPPED } from '../../src/testing/storage-conformance/fixtures.js';
import { altered, BATCH, ROWS, TwoStores } from '../support/stores/two-stores.js';

let stores: TwoStores;
beforeEach(async () => {
  stores = await TwoStores.filled();
});

describe('copying a store', () => {
  it('copies everything, does not change the source, and reports how many rows it copied', async () => {
    const report = await stores.copy();
    expect(await readStore(stores.target)).toEqual(sortAll(ROWS));
    expect(await readStore(stores.source)).toEqual(sortAll(ROWS));
    expect([...report]).toEqual(ARCHIVE_COLLECTIONS.map(collection => [collection, ROWS[collection].length]));
  });

  it('of an empty store leaves an empty store that can be opened', async () => {
    stores.source = memory();
    expect([...(await stores.copy()).values()]).toEqual([0, 0, 0, 0, 0]);
    expect(await (await stores.target.open()).check()).toMatchObject({ ok: true });
  });

  it('reads and writes one batch at a time, each after the last row of the batch before', async () => {
    const reads: (readonly [ArchiveCollection, 'after' | null, number, number])[] = [];
    const written: number[] = [];
    await stores.copy({
      source: archive =>
        altered(archive, {
          read: async (collection, after, limit) => {
            const rows = await archive.read(collection, after, limit);
            reads.push([collection, after === null ? null : 'after', limit, rows.length]);
            return rows;
          },
        }),
      target: archive =>
        altered(archive, {
          write: (collection, rows) => {
            written.push(rows.length);
            return archive.write(collection, rows);
          },
        }),
    });
    // Ten users are two full pages and a partial one. Each collection is read twice: for the copy and for the check.
    const users = [
      ['users', null, BATCH, 4],
      ['users', 'after', BATCH, 4],
      ['users', 'after', BATCH, 2],
    ];
    expect(reads.filter(([collection]) => collection === 'users')).toEqual([...users, ...users]);
    expect(Math.max(...written)).toBe(BATCH);
  });

  it('reports progress: in both steps each collection reaches its total', async () => {
    const reports: CopyProgress[] = [];
    await stores.copy({ onProgress: progress => reports.push(progress) });
    for (const step of ['copy', 'check'] as const) {
      for (const collection of ARCHIVE_COLLECTIONS) {
        const mine = reports.filter(each => each.step === step && each.collection === collection);
        const all = ROWS[collection].length * (step === 'copy' ? 1 : 2);
        expect(mine.at(-1)).toEqual({ step, collection, done: all, total: all, complete: true });
        const dones = mine.map(({ done }) => done);
        expect(dones).toEqual(dones.toSorted((a, b) => a - b));
        expect(mine.every(({ done, total }) => done <= total)).toBe(true);
      }
    }
  });
});

describe('expired sessions', () => {
  const user = ROWS.users[0]?.user;
  if (!user) throw new Error('no user');
  const open = async (overrides: object) => {
    const digest = newDigest();
    await (await stores.source.open()).sessions.add(newSession(user, overrides), digest, null, UNCAPPED);
    return digest;
  };
  const copied = async () => new Set((await readStore(stores.target)).sessions.map(({ digest }) => digest));

  it('are not copied, from the exact moment of expiry on', async () => {
    const over = await open({ expiresAt: NOW });
    const live = await open({ expiresAt: addSeconds(NOW, 0.001) });
    const report = await stores.copy();
    expect([(await copied()).has(over), (await copied()).has(live)]).toEqual([false, true]);
    expect(report.get('sessions')).toBe(ROWS.sessions.length + 1);
  });

  it('by idle time are not copied if there is an idle timeout, and are copied otherwise', async () => {
    const [idle, used] = [
      await open({ lastUsedAt: addSeconds(NOW, -600) }),
      await open({ lastUsedAt: addSeconds(NOW, -599.999) }),
    ];
    await stores.copy({ policy: { lifetime: 3600, idleTimeout: 600, maxPerUser: 100 } });
    expect([(await copied()).has(idle), (await copied()).has(used)]).toEqual([false, true]);
    stores.target = memory();
    await stores.copy();
    expect([(await copied()).has(idle), (await copied()).has(used)]).toEqual([true, true]);
  });

  it('that were live when they were copied are no difference in the check', async () => {
    const digest = await open({ expiresAt: addSeconds(NOW, 5) });
    await stores.copy({ onProgress: ({ step }) => step === 'check' && stores.clock.advance(60) });
    expect((await copied()).has(digest)).toBe(true);
  });

  it('that were live when the copy began are not copied later', async () => {
    const digest = await open({ expiresAt: addSeconds(NOW, 5) });
    await stores.copy({ onProgress: ({ collection }) => collection === 'cards' && stores.clock.advance(60) });
    expect((await copied()).has(digest)).toBe(false);
  });
});

describe('an interrupted copy', () => {
  it('by a change of the source says what to do, and succeeds when it is repeated', async () => {
    const storage = await stores.source.open();
    let added = false;
    const busy = async ({ collection }: CopyProgress): Promise<void> => {
      if (collection !== 'cards' || added) return;
      added = true;
      await addUser(storage);
    };
    const copying = stores.copy({ onProgress: progress => void busy(progress) });
    await expect(copying).rejects.toThrow(
      /The source changed .*\(users\)\. Stop the servers of the source and run the same/,
    );
    await stores.copy();
    expect(await readStore(stores.target)).toEqual(await readStore(stores.source));
  });

  it('by its caller ends between two batches, whichever they are, and succeeds when it is repeated', async () => {
    const reasons: unknown[] = [];
    for (let batches = 0; ; batches += 1) {
      const stopping = new AbortController();
      let seen = 0;
      const onProgress = ({ complete }: CopyProgress) => {
        if (!complete) seen += 1;
        if (seen > batches) stopping.abort(new Error(`stopped after ${batches}`));
      };
      const outcome = await stores.copy({ signal: stopping.signal, onProgress }).catch((error: unknown) => error);
      if (outcome instanceof Map) break;
      reasons.push(String(outcome));
      await expect(stores.target.open()).rejects.toMatchObject({ name: 'UnfinishedCopy' });
    }
    expect(reasons).toEqual(reasons.map((_, index) => `Error: stopped after ${index}`));
    expect(reasons.length).toBeGreaterThan(20);
    expect(await readStore(stores.target)).toEqual(sortAll(ROWS));
  });

  it('by a failing store throws the error of the store and leaves the mark', async () => {
    const failing = (archive: StorageImport): StorageImport =>
      altered(archive, {
        write: async (collection, rows) => {
          if (collection === 'tradeEntries') throw new Error('the disk is full');
          await archive.write(collection, rows);
        },
      });
    await expect(stores.copy({ target: failing })).rejects.toThrow('the disk is full');
    await expect(stores.target.open()).rejects.toMatchObject({ name: 'UnfinishedCopy' });
  });
});
