import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { postgres } from '../../../src/adapters/driven/postgres/index.js';
import type { Id, Storage, StorageUnavailable } from '../../../src/index.js';
import {
  addCard,
  addUser,
  boundsAt,
  newClaim,
  newDigest,
  newSession,
  proposal,
  times,
  UNCAPPED,
} from '../../../src/testing/storage-conformance/fixtures.js';
import { startEmbeddedPostgres } from '../../support/setup/embedded-postgres.js';
import type { TestServer } from '../../support/setup/test-server.js';

/** `TEST_STANDBY_AWAY=60` for the long form. */
const SECONDS = Number(process.env.TEST_STANDBY_AWAY ?? 8);
const POOL_SIZE = 6;
const WRITERS = 12;

let server: TestServer;
let admin: pg.Pool;
let storage: Storage;

beforeAll(async () => {
  server = await startEmbeddedPostgres(['synchronous_commit=on']);
  admin = new pg.Pool({
    connectionString: server.url,
    max: 2,
    application_name: 'admin',
    options: '-c synchronous_commit=local',
  });
  storage = await postgres({ url: server.url, poolSize: POOL_SIZE }).open();
}, 60_000);
beforeEach(() => setStandby(''));
afterAll(async () => {
  await storage?.close();
  await admin?.end();
  await server?.stop();
});

/** A standby that nobody is: every commit waits for it until the name is taken back. */
async function setStandby(name: string): Promise<void> {
  await admin.query(`ALTER SYSTEM SET synchronous_standby_names = '${name}'`);
  await admin.query('SELECT pg_reload_conf()');
  for (;;) {
    const { rows } = await admin.query<{ now: string }>("SELECT current_setting('synchronous_standby_names') AS now");
    if (rows[0]?.now === name) break;
    await pause(10);
  }
  // Other processes reload a little later, and waiting commits are let go by the checkpointer.
  await pause(200);
}

const countBackends = async (): Promise<number> => {
  const text = "SELECT count(*)::int AS found FROM pg_stat_activity WHERE application_name = 'tradepost'";
  const { rows } = await admin.query<{ found: number }>(text);
  return rows[0]?.found ?? 0;
};

/** A trade of an own card, to be repeated with the same key. */
async function newTrade() {
  const [sender, recipient] = [await addUser(storage), await addUser(storage)];
  const card = await addCard(storage, sender);
  return { proposal: proposal(sender, card, { id: recipient.id }), claim: newClaim(), recipientId: recipient.id as Id };
}

it(`with the standby away for ${SECONDS} s, backends stay within the pool size and 2 more, and reads go on`, {
  timeout: 60_000 + SECONDS * 2000,
}, async () => {
  const reader = await addUser(storage);
  const digest = newDigest();
  await storage.sessions.add(newSession(reader), digest, null, UNCAPPED);
  // Enough: a write is refused after a second at the earliest.
  const trades: Awaited<ReturnType<typeof newTrade>>[] = [];
  while (trades.length < WRITERS * (SECONDS + 2)) trades.push(...(await Promise.all(times(WRITERS).map(newTrade))));
  const attempted: typeof trades = [];
  const failures: StorageUnavailable[] = [];
  const unsubscribe = storage.signals.subscribe(() => undefined);

  await setStandby('nobody');
  const end = Date.now() + SECONDS * 1000;
  const write = async () => {
    while (Date.now() < end) {
      const trade = trades.pop();
      if (!trade) throw new Error('not enough trades were prepared');
      attempted.push(trade);
      await expect(
        storage.trades.record(trade.proposal, trade.claim).catch((error: StorageUnavailable) => {
          failures.push(error);
          throw error;
        }),
      ).rejects.toMatchObject({ code: 'storage_unavailable' });
    }
  };
  let reads = 0;
  let slowest = 0;
  const read = async () => {
    while (Date.now() < end) {
      const began = performance.now();
      // A minute later each time, so that each also writes the last use of the session.
      reads += 1;
      const bounds = boundsAt(reads);
      expect(await storage.sessions.use(digest, bounds, bounds.now)).not.toBeNull();
      slowest = Math.max(slowest, performance.now() - began);
      await pause(20);
    }
  };
  let most = 0;
  const sample = async () => {
    while (Date.now() < end) {
      most = Math.max(most, await countBackends());
      await pause(20);
    }
  };
  await Promise.all([sample(), read(), ...times(WRITERS).map(write)]);
  await setStandby('');
  unsubscribe();

  expect(most).toBeGreaterThanOrEqual(POOL_SIZE - 2);
  expect(most).toBeLessThanOrEqual(POOL_SIZE + 2);
  expect(reads).toBeGreaterThan(SECONDS * 5);
  expect(slowest).toBeLessThan(2500);
  const unknown = failures.filter(({ isOutcomeUnknown }) => isOutcomeUnknown);
  expect(unknown.length).toBeGreaterThan(0);
  expect(unknown[0]?.message).toContain('the outcome is unknown');
  console.error(
    `standby away for ${SECONDS} s: ${most} backends at most with a pool of ${POOL_SIZE}, ${reads} reads, the slowest ` +
      `${Math.round(slowest)} ms; ${failures.length} writes refused, ${unknown.length} of them with an unknown outcome`,
  );

  // Repeated with its key, every trade is recorded exactly once.
  for (const { proposal, claim, recipientId } of attempted) {
    const { outcome } = await storage.trades.record(proposal, claim);
    expect(['recorded', 'replayed']).toContain(outcome);
    expect(await storage.trades.entriesAfter(recipientId, 0, 10)).toHaveLength(1);
  }
});

it('a repetition of a write that is not replicated yet is not acknowledged either', { timeout: 30_000 }, async () => {
  const { proposal, claim, recipientId } = await newTrade();
  const sender = await addUser(storage);
  const card = { ...(await addCard(storage, sender)), id: proposal.id };
  const cardClaim = newClaim();
  const unknown = { code: 'storage_unavailable', isOutcomeUnknown: true };
  await setStandby('nobody');
  await Promise.all([
    expect(storage.trades.record(proposal, claim)).rejects.toMatchObject(unknown),
    expect(storage.cards.add(card, cardClaim)).rejects.toMatchObject(unknown),
  ]);
  // Cancelled, both are committed here and can be seen.
  await expect.poll(() => storage.trades.entriesAfter(recipientId, 0, 10), { timeout: 5000 }).toHaveLength(1);
  await expect
    .poll(() => storage.cards.list(sender.id, { before: null, limit: 10 }), { timeout: 5000 })
    .toHaveLength(2);
  await Promise.all([
    expect(storage.trades.record(proposal, claim)).rejects.toMatchObject(unknown),
    expect(storage.cards.add(card, cardClaim)).rejects.toMatchObject(unknown),
  ]);
  await setStandby('');
  expect(await storage.trades.record(proposal, claim)).toMatchObject({ outcome: 'replayed' });
  expect(await storage.cards.add(card, cardClaim)).toMatchObject({ outcome: 'replayed' });
});
