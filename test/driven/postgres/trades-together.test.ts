import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { postgres } from '../../../src/adapters/driven/postgres/index.js';
import type { Storage, User } from '../../../src/index.js';
import {
  addCard,
  addSession,
  addUser,
  at,
  boundsAt,
  NOW,
  newClaim,
  newId,
  proposal,
  times,
} from '../../../src/testing/storage-conformance/fixtures.js';

const url = inject('postgresUrl');
const schema = `together_${randomUUID().slice(0, 8)}`;
const admin = new pg.Pool({ connectionString: url, max: 2 });
/** SQLSTATE of every error that a server reported to the stores. */
const codes: string[] = [];
const pools: pg.Pool[] = [];
let stores: Storage[];

/** A process of its own with six connections, of which trades use four. */
async function openStore(): Promise<Storage> {
  const pool = new pg.Pool({ connectionString: url, max: 6 });
  pools.push(pool);
  pool.on('connect', client => {
    const { connection } = client as unknown as { connection: NodeJS.EventEmitter };
    connection.on('errorMessage', ({ code }: { code: string }) => void codes.push(code));
  });
  return postgres({ pool, schema }).open();
}

beforeAll(async () => {
  stores = [await openStore(), await openStore()];
});
afterAll(async () => {
  await Promise.all(stores.map(store => store.close()));
  for (const pool of [...pools, admin]) await pool.end();
});

const store = (index = 0): Storage => at(stores, index);
const usersOf = (count: number): Promise<User[]> => Promise.all(times(count).map(() => addUser(store())));

/** How many transactions wrote the entries of the users' logs. */
async function transactionsOf(users: readonly User[]): Promise<number> {
  const { rows } = await admin.query<{ count: number }>(
    `SELECT count(DISTINCT xmin::text)::int AS count FROM ${schema}.trade_entries WHERE user_id = ANY($1::uuid[])`,
    [users.map(({ id }) => id)],
  );
  return rows[0]?.count ?? Number.NaN;
}

/** Holds the row lock that a statement takes until the returned function is called. */
async function locking(text: string, values: readonly unknown[]): Promise<() => Promise<void>> {
  const client = await admin.connect();
  await client.query('BEGIN');
  await client.query(text, [...values]);
  return async () => {
    await client.query('ROLLBACK');
    client.release();
  };
}

describe('trades that are recorded at once', () => {
  it('share transactions, and have gapless numbers', async () => {
    const [ann, bob] = (await usersOf(2)) as [User, User];
    const cards = await Promise.all(times(100).map(() => addCard(store(), ann)));
    const outcomes = await Promise.all(
      cards.map(card => store().trades.record(proposal(ann, card, { id: bob.id }), null)),
    );
    const numbers = outcomes.map(each => (each.outcome === 'recorded' ? each.entry.number : each));
    expect(numbers.sort((one, other) => Number(one) - Number(other))).toEqual(times(100).map(index => index + 1));
    expect(await transactionsOf([ann, bob])).toBeLessThan(30);
  });

  it('have each its own outcome: recorded, refused, replayed, and without a session', async () => {
    const [ann, bob] = (await usersOf(2)) as [User, User];
    const { digest } = await addSession(store(), ann);
    const use = { digest, bounds: boundsAt(0), touchedBefore: NOW };
    const draft = (card: { readonly id: ReturnType<typeof newId> }) => ({
      id: newId(),
      cardId: card.id,
      recipient: { id: bob.id },
    });
    const cards = await Promise.all(times(8).map(() => addCard(store(), ann)));
    const claim = newClaim();
    const before = await transactionsOf([ann, bob]);
    const outcomes = await Promise.all([
      ...cards.map(card => store().sessionTrades.record(use, draft(card), null)),
      store().sessionTrades.record(use, draft(at(cards, 0)), null),
      store().sessionTrades.record({ ...use, digest: '00'.repeat(32) }, draft(at(cards, 1)), null),
      store().trades.record(proposal(bob, { id: newId() }, { username: ann.username }), null),
      ...times(2).map(async () => store().sessionTrades.record(use, draft(await addCard(store(), ann)), null)),
      ...times(2).map(() => store().trades.record(proposal(ann, at(cards, 7), { email: bob.email }), claim)),
    ]);
    const kinds = outcomes.map(
      each =>
        each &&
        ('outcome' in each && typeof each.outcome === 'string'
          ? each.outcome
          : (each as { outcome: { outcome: string } }).outcome.outcome),
    );
    expect(kinds).toEqual([
      ...times(8).map(() => 'recorded'),
      'refused',
      null,
      'refused',
      'recorded',
      'recorded',
      'refused',
      'refused',
    ]);
    expect((await transactionsOf([ann, bob])) - before).toBeLessThan(10);
  });

  it('never deadlock, with the trades of another process either', { timeout: 60_000 }, async () => {
    const users = await usersOf(6);
    const seen = codes.length;
    for (const round of times(10)) {
      const trades = await Promise.all(
        times(120).map(async index => {
          const [sender, recipient] = [at(users, index), at(users, index + 1 + ((index + round) % 5))];
          return { sender, recipient, card: await addCard(store(), sender) };
        }),
      );
      const outcomes = await Promise.all(
        trades.map(({ sender, recipient, card }, index) =>
          store(index).trades.record(proposal(sender, card, { id: recipient.id }), null),
        ),
      );
      expect(outcomes.filter(({ outcome }) => outcome !== 'recorded')).toEqual([]);
    }
    expect(codes.slice(seen)).toEqual([]);
  });

  it('are recorded though the lock of one of them is held, and that one later', { timeout: 20_000 }, async () => {
    const users = await usersOf(12);
    const [stuck, ...others] = users as [User, ...User[]];
    const [recipient, ...senders] = others as [User, ...User[]];
    const trades = await Promise.all(
      [stuck, ...senders].map(async sender => proposal(sender, await addCard(store(), sender), { id: recipient.id })),
    );
    // Every connection knows the statement by then, so that all of these trades can go together.
    const release = await locking(`SELECT FROM ${schema}.trade_counters WHERE user_id = $1 FOR UPDATE`, [stuck.id]);
    const seen = codes.length;
    const [held, ...free] = trades.map(trade => store().trades.record(trade, null)) as [
      Promise<unknown>,
      ...Promise<unknown>[],
    ];
    const outcomes = await Promise.all(free);
    expect(outcomes).toMatchObject(senders.map(() => ({ outcome: 'recorded' })));
    // What gave up the shared transaction: lock_not_available.
    expect(codes.slice(seen)).toContain('55P03');
    await release();
    expect(await held).toMatchObject({ outcome: 'recorded' });
  });
});

describe('a session that another transaction has locked', () => {
  it('is used all the same where it is due to be touched', async () => {
    const [ann, bob] = (await usersOf(2)) as [User, User];
    const { digest, session } = await addSession(store(), ann);
    const card = await addCard(store(), ann);
    const bounds = boundsAt(120);
    const use = { digest, bounds, touchedBefore: bounds.now };
    const release = await locking(`SELECT FROM ${schema}.sessions WHERE id = $1 FOR UPDATE`, [session.id]);
    const range = { direction: 'all', before: null, limit: 10 } as const;
    expect(await store().sessions.use(digest, bounds, bounds.now)).toMatchObject({ session: { lastUsedAt: NOW } });
    expect(await store().sessionTrades.page(use, range)).toMatchObject({ owner: { id: ann.id } });
    const draft = { id: newId(), cardId: card.id, recipient: { id: bob.id } };
    expect(await store().sessionTrades.record(use, draft, null)).toMatchObject({ outcome: { outcome: 'recorded' } });
    await release();
    expect(await store().sessions.use(digest, bounds, bounds.now)).toMatchObject({
      session: { lastUsedAt: bounds.now },
    });
  });
});
