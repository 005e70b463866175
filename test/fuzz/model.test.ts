import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { embedded } from '../../src/adapters/driven/embedded/index.js';
import { memory } from '../../src/adapters/driven/memory/index.js';
import { mongo } from '../../src/adapters/driven/mongo/index.js';
import { postgres } from '../../src/adapters/driven/postgres/index.js';
import type { Storage, StorageConnector } from '../../src/index.js';
import { freshSchema } from '../support/servers/http-server.js';
import { altered } from '../support/stores/altered.js';
import { describeMongo } from '../support/stores/mongo-database.js';
import { compareWithModel } from './sequences.js';
import { settingsOf, shareOut } from './settings.js';

const LIMIT = 4 * 3_600_000;

/**
 * `npm run fuzz` runs 2,000 sequences, in stores of their own side by side, because one sequence mostly waits for its
 * store. `connect` describes the empty store with that index.
 */
async function expectNoDifference(name: string, connect: (index: number) => StorageConnector): Promise<void> {
  const all = shareOut(settingsOf('FUZZ_SEQUENCES', 15));
  const compared = await Promise.all(
    all.map(async (settings, index) => ({ settings, ...(await compareWithModel(connect(index), settings)) })),
  );
  for (const { settings, steps, report, failed } of compared) {
    console.error(`${name}: ${settings.numRuns} sequences with ${steps} steps, seed ${settings.seed}`);
    expect(failed, report).toBe(false);
  }
}

const directory = mkdtempSync(join(tmpdir(), 'tradepost-model-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('random sequences of operations do the same as on the store in memory', () => {
  test('on PostgreSQL', { timeout: LIMIT }, () =>
    expectNoDifference('PostgreSQL', () => postgres({ url: inject('postgresUrl'), schema: freshSchema() })),
  );

  test('on the embedded store', { timeout: LIMIT }, () =>
    expectNoDifference('embedded', index => embedded({ directory: join(directory, `${index}`) })),
  );

  describeMongo('with MongoDB', ({ url, client, database }) => {
    const databases: string[] = [];
    afterAll(async () => {
      for (const name of databases) await client.db(name).dropDatabase();
    });
    test('on MongoDB', { timeout: LIMIT }, () =>
      expectNoDifference('MongoDB', index => {
        const name = `${database}_${index}`;
        databases.push(name);
        return mongo({ url, database: name });
      }),
    );
  });
});

interface Flaw {
  readonly flaw: string;
  /** Breaks a store in memory. */
  readonly plant: (storage: Storage) => void;
  /** The steps that it needs. One more may be left after shrinking. */
  readonly needs: readonly string[];
}

const FLAWS: readonly Flaw[] = [
  {
    flaw: 'a trade by somebody who does not own the card',
    plant: ({ cards, trades, users }) => {
      const record = trades.record.bind(trades);
      trades.record = async (proposal, claim) => {
        const { find } = cards as unknown as { find(id: string): { ownerId: never } | null };
        const owner = find.call(cards, proposal.cardId);
        const account = owner && (await users.findAccount({ id: owner.ownerId }));
        return record(account ? { ...proposal, sender: account.user } : proposal, claim);
      };
    },
    needs: ['cards.add', 'trades.record'],
  },
  {
    flaw: 'a revocation of all sessions that misses one of several',
    plant: ({ sessions }) => {
      const removeAll = sessions.removeAll.bind(sessions);
      const bounds = { now: '', idleSince: null } as never;
      sessions.removeAll = async (userId, except) => {
        const all = await sessions.list(userId, bounds, { before: null, limit: 1000 });
        await removeAll(userId, except ?? (all.length > 1 ? (all.at(-1)?.id ?? null) : null));
      };
    },
    needs: ['sessions.login', 'sessions.revokeAll'],
  },
  {
    flaw: 'a page of trades that repeats the last one of the page before',
    plant: ({ sessionTrades }) => {
      const page = sessionTrades.page.bind(sessionTrades);
      Object.assign(sessionTrades, {
        page: (...[use, range]: Parameters<typeof page>) =>
          page(use, { ...range, before: range.before === null ? null : range.before + 1 }),
      });
    },
    needs: ['cards.add', 'trades.record', 'trades.list', 'trades.list'],
  },
  {
    flaw: 'an idempotency key that is not kept',
    plant: ({ cards }) => {
      const add = cards.add.bind(cards);
      cards.add = card => add(card, null);
    },
    needs: ['cards.add', 'cards.add'],
  },
  {
    flaw: 'a cap on sessions that allows one more',
    plant: ({ sessions }) => {
      const add = sessions.add.bind(sessions);
      sessions.add = (session, digest, replaces, cap) => add(session, digest, replaces, { ...cap, max: cap.max + 1 });
    },
    needs: ['sessions.login', 'sessions.login', 'sessions.login'],
  },
  {
    flaw: 'a login that stays counted after its success',
    plant: ({ attempts }) => {
      attempts.forgive = () => Promise.resolve();
    },
    needs: ['sessions.login', 'sessions.login'],
  },
  {
    flaw: 'registrations that are not counted',
    plant: ({ attempts }) => {
      const reserve = attempts.reserve.bind(attempts);
      attempts.reserve = (all, now) =>
        reserve(
          all.filter(({ key }) => !key.startsWith('registration')),
          now,
        );
    },
    needs: ['users.register', 'users.register', 'users.register'],
  },
];

describe('a difference is found and shrunk to the steps it needs', () => {
  test.each(FLAWS)('$flaw', async ({ plant, needs }) => {
    const broken = altered(memory(), storage => {
      plant(storage);
      return storage;
    });
    const found = await compareWithModel(broken, { numRuns: 200, seed: 1 });
    expect(found.failed).toBe(true);
    expect(found.shrunk, found.report).toEqual(expect.arrayContaining([...needs]));
    expect(found.shrunk.length, found.report).toBeLessThanOrEqual(needs.length + 1);
  });
});
