import { beforeEach, describe, expect, it } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { Sha256Fingerprints } from '../../src/adapters/driven/system/sha256-fingerprints.js';
import type {
  ArchiveCollection,
  ArchiveRows,
  CopyProgress,
  CopyReport,
  SessionPolicy,
  StorageArchive,
  StorageConnector,
  StorageImport,
} from '../../src/index.js';
import { ARCHIVE_COLLECTIONS, addSeconds, CopyStorage } from '../../src/index.js';
import { ManualClock } from '../../src/testing/index.js';
import type { Rows } from '../../src/testing/storage-conformance/archive-rows.js';
import { allInOrder, contents, sampleRows } from '../../src/testing/storage-conformance/archive-rows.js';
import { addUser, NOW, newDigest, newSession } from '../../src/testing/storage-conformance/fixtures.js';

const BATCH = 4;
const DEFAULT: SessionPolicy = { lifetime: 3600, idleTimeout: null };
const ROWS = sampleRows(10);

interface Around {
  readonly source?: (archive: StorageArchive) => StorageArchive;
  readonly target?: (archive: StorageImport) => StorageImport;
  readonly onProgress?: (progress: CopyProgress) => void;
  readonly signal?: AbortSignal;
  readonly policy?: SessionPolicy;
}

let clock: ManualClock;
let source: StorageConnector;
let target: StorageConnector;

beforeEach(async () => {
  clock = new ManualClock(NOW);
  [source, target] = [memory(), memory()];
  await fill(source, ROWS);
});

async function fill(store: StorageConnector, rows: Rows): Promise<void> {
  const filled = await store.beginImport();
  for (const collection of ARCHIVE_COLLECTIONS) await filled.write(collection, rows[collection] as never);
  await filled.finish();
}

async function copy({ source: reading, target: writing, policy = DEFAULT, ...rest }: Around = {}): Promise<CopyReport> {
  const [from, to] = [await source.openArchive(), await target.beginImport()];
  const copying = new CopyStorage(clock, policy, new Sha256Fingerprints(), BATCH);
  return copying.execute({ source: reading?.(from) ?? from, target: writing?.(to) ?? to, ...rest });
}

const held = async (store: StorageConnector): Promise<Rows> => contents(await store.openArchive());

/** An archive some of whose methods are others. */
const altered = <Archive extends StorageArchive>(archive: Archive, methods: Partial<StorageImport>): Archive =>
  new Proxy(archive, {
    get: (own, name: keyof StorageImport) => methods[name] ?? (own as unknown as StorageImport)[name].bind(own),
  });

describe('copying a store', () => {
  it('leaves everything in the target, nothing changed in the source, and tells how much it was', async () => {
    const report = await copy();
    expect(await held(target)).toEqual(allInOrder(ROWS));
    expect(await held(source)).toEqual(allInOrder(ROWS));
    expect([...report]).toEqual(ARCHIVE_COLLECTIONS.map(collection => [collection, ROWS[collection].length]));
  });

  it('of an empty store leaves an empty store that can be opened', async () => {
    source = memory();
    expect([...(await copy()).values()]).toEqual([0, 0, 0, 0, 0]);
    expect(await (await target.open()).check()).toMatchObject({ ok: true });
  });

  it('never asks for, holds or writes more than a batch, and goes on from the row before', async () => {
    const asked: (readonly [ArchiveCollection, 'after' | null, number, number])[] = [];
    const written: number[] = [];
    await copy({
      source: archive =>
        altered(archive, {
          read: async (collection, after, limit) => {
            const rows = await archive.read(collection, after, limit);
            asked.push([collection, after === null ? null : 'after', limit, rows.length]);
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
    // Ten users are two full pages and one that is not; each collection is read to be copied and to be checked.
    const users = [
      ['users', null, BATCH, 4],
      ['users', 'after', BATCH, 4],
      ['users', 'after', BATCH, 2],
    ];
    expect(asked.filter(([collection]) => collection === 'users')).toEqual([...users, ...users]);
    expect(Math.max(...written)).toBe(BATCH);
  });

  it('tells how far it is: each collection goes up to all of it, in both steps', async () => {
    const told: CopyProgress[] = [];
    await copy({ onProgress: progress => told.push(progress) });
    for (const step of ['copy', 'check'] as const) {
      for (const collection of ARCHIVE_COLLECTIONS) {
        const mine = told.filter(each => each.step === step && each.collection === collection);
        const all = ROWS[collection].length * (step === 'copy' ? 1 : 2);
        expect(mine.at(-1)).toEqual({ step, collection, done: all, total: all, complete: true });
        const dones = mine.map(({ done }) => done);
        expect(dones).toEqual(dones.toSorted((a, b) => a - b));
        expect(mine.every(({ done, total }) => done <= total)).toBe(true);
      }
    }
  });
});

describe('sessions that are over', () => {
  const user = ROWS.users[0]?.user;
  if (!user) throw new Error('no user');
  const open = async (overrides: object) => {
    const digest = newDigest();
    await (await source.open()).sessions.add(newSession(user, overrides), digest, null);
    return digest;
  };
  const copied = async () => new Set((await held(target)).sessions.map(({ digest }) => digest));

  it('are left behind: from the very moment they expire', async () => {
    const over = await open({ expiresAt: NOW });
    const live = await open({ expiresAt: addSeconds(NOW, 0.001) });
    const report = await copy();
    expect([(await copied()).has(over), (await copied()).has(live)]).toEqual([false, true]);
    expect(report.get('sessions')).toBe(ROWS.sessions.length + 1);
  });

  it('for having been idle are left behind where there is an idle time-out, and nowhere else', async () => {
    const [idle, used] = [
      await open({ lastUsedAt: addSeconds(NOW, -600) }),
      await open({ lastUsedAt: addSeconds(NOW, -599.999) }),
    ];
    await copy({ policy: { lifetime: 3600, idleTimeout: 600 } });
    expect([(await copied()).has(idle), (await copied()).has(used)]).toEqual([false, true]);
    target = memory();
    await copy();
    expect([(await copied()).has(idle), (await copied()).has(used)]).toEqual([true, true]);
  });

  it('by the time they are checked were live when they were copied, and are no difference', async () => {
    const digest = await open({ expiresAt: addSeconds(NOW, 5) });
    await copy({ onProgress: ({ step }) => step === 'check' && clock.advance(60) });
    expect((await copied()).has(digest)).toBe(true);
  });

  it('when their turn comes are not copied, though they were live when the copy began', async () => {
    const digest = await open({ expiresAt: addSeconds(NOW, 5) });
    await copy({ onProgress: ({ collection }) => collection === 'cards' && clock.advance(60) });
    expect((await copied()).has(digest)).toBe(false);
  });
});

/** One row of each collection, changed as little as can be. */
const CHANGES: {
  readonly [Collection in ArchiveCollection]: (row: ArchiveRows[Collection]) => ArchiveRows[Collection];
} = {
  users: row => ({ ...row, passwordHash: `${row.passwordHash} ` }),
  cards: row => ({ ...row, createdAt: addSeconds(row.createdAt, 0.001) }),
  tradeEntries: row => ({
    ...row,
    entry: { ...row.entry, direction: row.entry.direction === 'sent' ? 'received' : 'sent' },
  }),
  idempotencyRecords: row => ({ ...row, answer: [row.answer] }),
  sessions: row => ({ ...row, session: { ...row.session, lastUsedAt: addSeconds(NOW, 60) } }),
};

/** From the first check on the archive reads otherwise: `change` has all rows of the collection. */
function readingOtherwise<Archive extends StorageArchive, Collection extends ArchiveCollection>(
  archive: Archive,
  changed: Collection,
  change: (rows: ArchiveRows[Collection][]) => ArchiveRows[Collection][],
  isChecking: () => boolean,
): Archive {
  return altered(archive, {
    read: async (collection, after, limit) => {
      const rows = await archive.read(collection, after, limit);
      // Which collection it is, is known; the compiler does not see it.
      return isChecking() && collection === (changed as string) && after === null
        ? (change(rows as never) as never)
        : rows;
    },
  });
}

const DIFFERENCES = ARCHIVE_COLLECTIONS.flatMap(collection => [
  {
    collection,
    what: 'changed',
    change: ([first, ...rest]: never[]) => [CHANGES[collection](first as never), ...rest],
  },
  { collection, what: 'missing', change: ([, ...rest]: never[]) => rest },
  { collection, what: 'there twice', change: (rows: never[]) => [...rows.slice(0, 1), ...rows] },
]);

describe('a row of which one side is not as it was written', () => {
  let isChecking: boolean;
  beforeEach(() => {
    isChecking = false;
  });
  /** Sessions are the last to be copied. */
  const onProgress = ({ step, collection, complete }: CopyProgress): void => {
    if (step === 'copy' && collection === 'sessions' && complete) isChecking = true;
  };

  it.each(DIFFERENCES)('in the target is noticed: $collection, $what', async ({ collection, change }) => {
    const target_ = (archive: StorageImport) =>
      readingOtherwise(archive, collection, change as never, () => isChecking);
    await expect(copy({ onProgress, target: target_ })).rejects.toMatchObject({ name: 'TargetDiffers', collection });
    await expect(target.open()).rejects.toMatchObject({ name: 'UnfinishedCopy' });
  });

  it.each(DIFFERENCES)('in the source is noticed, and said to be there: $collection, $what', async difference => {
    const { collection, change } = difference;
    const source_ = (archive: StorageArchive) =>
      readingOtherwise(archive, collection, change as never, () => isChecking);
    await expect(copy({ onProgress, source: source_ })).rejects.toMatchObject({ name: 'SourceChanged', collection });
    await expect(target.open()).rejects.toMatchObject({ name: 'UnfinishedCopy' });
  });
});

describe('a copy that does not get to its end', () => {
  it('for the source having changed says what to do, and works when it is repeated', async () => {
    const storage = await source.open();
    let added = false;
    const busy = async ({ collection }: CopyProgress): Promise<void> => {
      if (collection !== 'cards' || added) return;
      added = true;
      await addUser(storage);
    };
    const copying = copy({ onProgress: progress => void busy(progress) });
    await expect(copying).rejects.toThrow(
      /The source changed .*\(users\)\. Stop the servers of the source and run the same/,
    );
    await copy();
    expect(await held(target)).toEqual(await held(source));
  });

  it('for being stopped ends between two batches, at any of them, and works when it is repeated', async () => {
    const reasons: unknown[] = [];
    for (let batches = 0; ; batches += 1) {
      const stopping = new AbortController();
      let seen = 0;
      const onProgress = ({ complete }: CopyProgress) => {
        if (!complete) seen += 1;
        if (seen > batches) stopping.abort(new Error(`stopped after ${batches}`));
      };
      const outcome = await copy({ signal: stopping.signal, onProgress }).catch((error: unknown) => error);
      if (outcome instanceof Map) break;
      reasons.push(String(outcome));
      await expect(target.open()).rejects.toMatchObject({ name: 'UnfinishedCopy' });
    }
    expect(reasons).toEqual(reasons.map((_, index) => `Error: stopped after ${index}`));
    expect(reasons.length).toBeGreaterThan(20);
    expect(await held(target)).toEqual(allInOrder(ROWS));
  });

  it('for a store that fails says what the store says, and leaves the mark', async () => {
    const failing = (archive: StorageImport): StorageImport =>
      altered(archive, {
        write: async (collection, rows) => {
          if (collection === 'tradeEntries') throw new Error('the disk is full');
          await archive.write(collection, rows);
        },
      });
    await expect(copy({ target: failing })).rejects.toThrow('the disk is full');
    await expect(target.open()).rejects.toMatchObject({ name: 'UnfinishedCopy' });
  });
});
