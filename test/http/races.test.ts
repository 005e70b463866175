import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { postgres } from '../../src/adapters/driven/postgres/index.js';
import { send } from './client.js';
import { addCard, program, register, stranger } from './people.js';
import type { Serving } from './serving.js';
import { freshSchema, serve } from './serving.js';

const schema = freshSchema();
let pool: pg.Pool;
/** Two processes, as far as the database can tell: each has a pool of its own. */
let servers: readonly [Serving, Serving];

beforeAll(async () => {
  pool = new pg.Pool({ connectionString: inject('postgresUrl'), max: 2 });
  const storage = () => postgres({ url: inject('postgresUrl'), schema });
  servers = [await serve({ storage: storage() }), await serve({ storage: storage() })];
});
afterAll(async () => {
  await Promise.all(servers.map(({ stop }) => stop()));
  await pool.end();
});

const url = (attempt: number): string => servers[attempt % 2 === 0 ? 0 : 1].url;

const count = async (table: string, condition: string, ...values: unknown[]): Promise<number> => {
  const { rows } = await pool.query(`SELECT count(*)::int AS count FROM ${schema}.${table} WHERE ${condition}`, values);
  return rows[0].count;
};

test('of 1,000 registrations of one e-mail address at once, one succeeds', async () => {
  const { email } = stranger();
  const attempts = Array.from({ length: 1000 }, (_, index) => {
    const body = { ...stranger(), email: index % 3 === 0 ? email.toUpperCase() : email };
    return send(url(index), '/register', { method: 'POST', body });
  });
  const outcomes = (await Promise.all(attempts)).map(({ status, json }) => `${status} ${json.code ?? json.email}`);
  expect(outcomes.filter(outcome => outcome === `201 ${email}`)).toHaveLength(1);
  expect(outcomes.filter(outcome => outcome === '409 email_taken')).toHaveLength(999);
  expect(await count('users', 'email = $1', email)).toBe(1);
  expect(await count('trade_counters', 'true')).toBe(await count('users', 'true'));
});

test('of 100 registrations of one username at once, in any case, one succeeds', async () => {
  const { username } = stranger();
  const attempts = Array.from({ length: 100 }, (_, index) => {
    const body = { ...stranger(), username: index % 2 === 0 ? username : username.toUpperCase() };
    return send(url(index >> 1), '/register', { method: 'POST', body });
  });
  const outcomes = (await Promise.all(attempts)).map(({ status, json }) => `${status} ${json.code ?? ''}`);
  expect(outcomes.filter(outcome => outcome === '201 ')).toHaveLength(1);
  expect(outcomes.filter(outcome => outcome === '409 username_taken')).toHaveLength(99);
});

test('of two trades of one card at once, one succeeds, 1,000 times over; the log tells who owns what', async () => {
  const people = await Promise.all([0, 1, 2].map(() => register(url(0))));
  const credentials = await Promise.all(people.map(person => program(url(0), person)));
  const ids = people.map(({ id }) => id);
  const cardId = await addCard(url(0), credentials[0] ?? {});
  let owner = 0;
  const expected = [ids[owner]];
  for (let round = 0; round < 1000; round += 1) {
    const others = [0, 1, 2].filter(index => index !== owner);
    const trades = others.map((to, racer) =>
      send(url(round + racer), '/trades', {
        method: 'POST',
        headers: { ...credentials[owner] },
        body: { cardId, recipient: { id: ids[to] } },
      }),
    );
    const outcomes = (await Promise.all(trades)).map(({ status, json }) => `${status} ${json.code ?? ''}`);
    expect([...outcomes].sort()).toEqual(['201 ', '409 card_not_owned']);
    const next = others[outcomes.indexOf('201 ')] ?? owner;
    owner = next;
    expected.push(ids[owner]);
  }

  expect(await ownersByLog(cardId, people[0]?.id ?? '')).toEqual(expected);
  const { rows } = await pool.query(`SELECT owner_id FROM ${schema}.cards WHERE id = $1`, [cardId]);
  expect(rows).toEqual([{ owner_id: ids[owner] }]);
  await expectGaplessLogs();
}, 120_000);

test('many trades of many cards between the same people at once: the logs are gapless and fold to the owners', async () => {
  const people = await Promise.all([0, 1, 2, 3].map(() => register(url(0))));
  const credentials = await Promise.all(people.map(person => program(url(0), person)));
  const cards = await Promise.all(
    Array.from({ length: 40 }, (_, index) => addCard(url(0), { ...credentials[index % 4] })),
  );
  const attempts = Array.from({ length: 600 }, (_, index) => {
    // Squares go through everybody and every card in no order that matters to anybody.
    const [from, to, card] = [index ** 2 % 7, index ** 2 % 11, index ** 2 % 41];
    return send(url(index), '/trades', {
      method: 'POST',
      headers: { ...credentials[from % 4] },
      body: { cardId: cards[card % 40], recipient: { id: people[to % 4]?.id } },
    });
  });
  const statuses = (await Promise.all(attempts)).map(({ status }) => status);
  expect([...new Set(statuses)].sort()).toEqual([201, 409, 422]);

  await expectGaplessLogs();
  const { rows } = await pool.query(`SELECT id, owner_id FROM ${schema}.cards WHERE id = ANY($1)`, [cards]);
  const owners = new Map(rows.map(({ id, owner_id }) => [id, owner_id]));
  for (const [index, cardId] of cards.entries()) {
    const told = await ownersByLog(cardId, people[index % 4]?.id ?? '');
    expect(owners.get(cardId)).toBe(told.at(-1));
  }
  const recorded = statuses.filter(status => status === 201).length;
  expect(await count('trade_entries', 'card_id = ANY($1)', cards)).toBe(2 * recorded);
});

test('one idempotency key used 100 times at once makes one trade, and 100 equal answers', async () => {
  const [sender, recipient] = [await register(url(0)), await register(url(0))];
  const headers = { ...(await program(url(0), sender)), 'idempotency-key': randomUUID() };
  const cardId = await addCard(url(0), { authorization: headers.authorization });
  const trade = { method: 'POST', headers, body: { cardId, recipient: { id: recipient.id } } };
  await expectOneAnswer(Array.from({ length: 100 }, (_, index) => send(url(index), '/trades', trade)));
  expect(await count('trade_entries', 'card_id = $1', cardId)).toBe(2);
});

test('one idempotency key used 100 times at once makes one card, and 100 equal answers', async () => {
  const person = await register(url(0));
  const headers = { ...(await program(url(0), person)), 'idempotency-key': randomUUID() };
  const card = { method: 'POST', headers, body: { name: 'Ace' } };
  await expectOneAnswer(Array.from({ length: 100 }, (_, index) => send(url(index), '/cards', card)));
  expect(await count('cards', 'owner_id = $1', person.id)).toBe(1);
});

test('one idempotency key used at once for two different trades makes one of them', async () => {
  const [sender, recipient] = [await register(url(0)), await register(url(0))];
  const { authorization } = await program(url(0), sender);
  for (let round = 0; round < 50; round += 1) {
    const headers = { authorization, 'idempotency-key': randomUUID() };
    const cards = [await addCard(url(0), { authorization }), await addCard(url(0), { authorization })];
    const trades = cards.map((cardId, racer) =>
      send(url(racer), '/trades', { method: 'POST', headers, body: { cardId, recipient: { id: recipient.id } } }),
    );
    const outcomes = (await Promise.all(trades)).map(({ status, json }) => `${status} ${json.code ?? ''}`);
    expect([...outcomes].sort()).toEqual(['201 ', '409 idempotency_conflict']);
    expect(await count('cards', 'id = ANY($1) AND owner_id = $2', cards, recipient.id)).toBe(1);
  }
});

async function expectOneAnswer(attempts: ReturnType<typeof send>[]): Promise<void> {
  const answers = await Promise.all(attempts);
  expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, answers[0]?.text).toBe(1);
  expect(answers[0]?.status).toBe(201);
}

interface Entry {
  readonly user: string;
  readonly sent: boolean;
  readonly trade: string;
  readonly counterparty: string;
}

/**
 * Who had a card, from its first owner to the last, told by the logs alone: each owner's log says next whom the card
 * went to, and that one's log says next that it came from there.
 */
async function ownersByLog(cardId: string, firstOwner: string): Promise<string[]> {
  const { rows } = await pool.query<Entry>(
    `SELECT user_id AS user, sent, trade_id AS trade, counterparty_id AS counterparty
    FROM ${schema}.trade_entries WHERE card_id = $1 ORDER BY number`,
    [cardId],
  );
  const logs = new Map<string, Entry[]>();
  for (const entry of rows) logs.set(entry.user, [...(logs.get(entry.user) ?? []), entry]);
  const owners = [firstOwner];
  for (let owner = firstOwner; ; ) {
    const sent = logs.get(owner)?.shift();
    if (sent === undefined) break;
    const received = logs.get(sent.counterparty)?.shift();
    expect(sent).toMatchObject({ sent: true });
    expect(received).toEqual({ user: sent.counterparty, sent: false, trade: sent.trade, counterparty: owner });
    owner = sent.counterparty;
    owners.push(owner);
  }
  expect([...logs.values()].flat(), 'entries that belong to no move').toEqual([]);
  return owners;
}

/** Every log counts 1, 2, 3 … up to its counter, and every trade stands once in the log of each of its parties. */
async function expectGaplessLogs(): Promise<void> {
  const { rows: logs } = await pool.query(
    `SELECT user_id FROM ${schema}.trade_counters LEFT JOIN ${schema}.trade_entries USING (user_id)
    GROUP BY user_id, last_number HAVING count(number) <> last_number OR COALESCE(max(number), 0) <> last_number`,
  );
  expect(logs).toEqual([]);
  const { rows: trades } = await pool.query(
    `SELECT trade_id FROM ${schema}.trade_entries GROUP BY trade_id
    HAVING count(*) <> 2 OR count(*) FILTER (WHERE sent) <> 1 OR min(user_id::text) <> min(counterparty_id::text)`,
  );
  expect(trades).toEqual([]);
}
