import { describe, expect, it } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { Sha256Fingerprints, SystemClock } from '../../src/adapters/driven/system/system.js';
import type { CopyableConnector, CopyReport, StorageArchive } from '../../src/index.js';
import { CopyStorage } from '../../src/index.js';
import type { Rows } from '../../src/testing/storage-conformance/archive-fixtures.js';
import { fill, readStore, sortAll } from '../../src/testing/storage-conformance/archive-fixtures.js';
import { connectorAt, fillAt, heldAt, liveRows } from '../support/stores/copying.js';
import { describeMongo } from '../support/stores/mongo-database.js';
import { temporaryStores } from '../support/stores/temporary-stores.js';

const stores = temporaryStores();

async function copy(from: CopyableConnector, to: CopyableConnector, batchSize = 1000): Promise<CopyReport> {
  const source = await from.copying.openArchive();
  const target = await to.copying.beginImport();
  const copying = new CopyStorage(
    new SystemClock(),
    { lifetime: 1, idleTimeout: null, maxPerUser: 100 },
    new Sha256Fingerprints(),
    batchSize,
  );
  try {
    return await copying.execute({ source, target });
  } finally {
    await target.close();
    await source.close();
  }
}

async function inMemory(rows: Rows): Promise<CopyableConnector> {
  const store = memory();
  await fill(store, rows);
  return store;
}

describeMongo('from memory to PostgreSQL, MongoDB, an embedded database and PostgreSQL again', () => {
  it('everything stays unchanged', { timeout: 120_000 }, async () => {
    const rows = liveRows(300);
    let store = await inMemory(rows);
    for (const url of [await stores.postgres(), stores.mongo(), stores.embedded(), await stores.postgres()]) {
      const next = await connectorAt(url);
      // Many pages, and rows of one user on both sides of a page's end.
      const report = await copy(store, next, 37);
      expect(report.get('users')).toBe(300);
      expect(await readStore(next)).toEqual(sortAll(rows));
      expect(await next.inspect()).toMatchObject({ ok: true });
      store = next;
    }
  });
});

/** An archive that waits before each read. */
const waitingFor = (archive: StorageArchive, what: () => Promise<unknown> | undefined): StorageArchive => ({
  count: collection => archive.count(collection),
  close: () => archive.close(),
  read: async (collection, after, limit) => {
    await what();
    return archive.read(collection, after, limit);
  },
});

/** Two copies into one store: first in defined steps, then concurrently. */
function twoAtOnce(target: () => Promise<string>): void {
  it('that started later continues, and the other one ends and leaves nothing', async () => {
    const [first, second] = [await inMemory(liveRows(40)), liveRows(50)];
    const to = await target();
    const overtaken = await (await connectorAt(to)).copying.beginImport();
    const source = await first.copying.openArchive();
    const copying = new CopyStorage(
      new SystemClock(),
      { lifetime: 1, idleTimeout: null, maxPerUser: 100 },
      new Sha256Fingerprints(),
      7,
    );
    let overtaking: Promise<unknown> | undefined;
    const onProgress = ({ collection }: { collection: string }) => {
      if (collection === 'cards')
        overtaking ??= inMemory(second).then(async store => copy(store, await connectorAt(to)));
    };
    const slow = waitingFor(source, () => overtaking);
    const outcome = copying.execute({ source: slow, target: overtaken, onProgress });
    await expect(outcome).rejects.toMatchObject({ name: 'CopyOvertaken' });
    await overtaken.close();
    expect(await heldAt(to)).toEqual(sortAll(second));
  });

  it('finishes, and the copies do not mix', { timeout: 120_000 }, async () => {
    for (let round = 0; round < 4; round += 1) {
      const rows = [liveRows(60), liveRows(60), liveRows(60)];
      const to = await target();
      const copies = rows.map(async each => copy(await inMemory(each), await connectorAt(to), 10));
      const outcomes = await Promise.allSettled(copies);
      const finished = outcomes.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []));
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') continue;
        // A copy that starts after another one has finished finds a store that is not empty.
        expect(['CopyOvertaken', 'StoreNotEmpty']).toContain(outcome.reason.name);
      }
      expect(finished).toHaveLength(1);
      const winner = rows[finished[0] ?? -1];
      expect(winner && sortAll(winner)).toEqual(await heldAt(to));
    }
  });
}

describe('of two copies into one PostgreSQL the one', () => twoAtOnce(() => stores.postgres()));
describeMongo('of two copies into one MongoDB the one', () => twoAtOnce(async () => stores.mongo()));

describe('a source that a server uses', () => {
  it('is reported as changed, and can be copied after the server has stopped', async () => {
    const [from, to] = [await stores.postgres(), await stores.postgres()];
    await fillAt(from, liveRows(20));
    const server = await (await connectorAt(from)).open();
    const account = (await heldAt(from)).users[0];
    if (!account) throw new Error('no account');
    const source = await (await connectorAt(from)).copying.openArchive();
    const target = await (await connectorAt(to)).copying.beginImport();
    const copying = new CopyStorage(
      new SystemClock(),
      { lifetime: 1, idleTimeout: null, maxPerUser: 100 },
      new Sha256Fingerprints(),
      5,
    );
    let rehashed: Promise<void> | undefined;
    const changed = copying.execute({
      source: waitingFor(source, () => rehashed),
      target,
      onProgress: ({ step }) => {
        if (step === 'check')
          rehashed ??= server.users.replacePasswordHash(account.user.id, account.passwordHash, 'new');
      },
    });
    await expect(changed).rejects.toMatchObject({ name: 'SourceChanged', collection: 'users' });
    await Promise.all([rehashed, server.close(), source.close(), target.close()]);
    expect(await (await connectorAt(to)).inspect()).toMatchObject({ ok: false });
    await copy(await connectorAt(from), await connectorAt(to));
    expect(await heldAt(to)).toEqual(await heldAt(from));
  });
});
