import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Registered } from '../support/http/http-users.js';
import { addCard, program, register } from '../support/http/http-users.js';
import { expectAnswer, expectProblem, send } from '../support/http/requests.js';
import type { Inspected } from '../support/servers/inspected-server.js';
import { serveInspected } from '../support/servers/inspected-server.js';

let server: Inspected;
let sender: Registered;
let recipient: Registered;
let headers: { authorization: string };

beforeAll(async () => {
  server = await serveInspected();
  [sender, recipient] = [await register(server.url), await register(server.url)];
  headers = await program(server.url, sender);
});
afterAll(() => server.stop());

const trade = (cardId: string, more: object = {}) =>
  send(server.url, '/trades', {
    method: 'POST',
    headers: { ...headers, ...more },
    body: { cardId, recipient: { id: recipient.id } },
  });

const everyCard = () => server.rows<{ id: string; owner_id: string }>('SELECT * FROM cards ORDER BY id');

/** All that a trade may change. */
async function traces(): Promise<unknown> {
  const tables = ['cards', 'trade_counters', 'trade_entries', 'idempotency_records'];
  return Promise.all(tables.map(table => server.rows(`SELECT * FROM ${table} AS t ORDER BY t::text`)));
}

test('a trade moved every card there was: of 1,000 it moves the one it names', async () => {
  await server.rows(
    `INSERT INTO cards SELECT gen_random_uuid(), $1, 'Card ' || n, '', now() FROM generate_series(1, 1000) AS n`,
    sender.id,
  );
  const before = await everyCard();
  expect(before).toHaveLength(1000);
  const traded = before[500]?.id ?? '';
  expectAnswer(await trade(traded), 201);
  const changed = (await everyCard()).filter((card, index) => JSON.stringify(card) !== JSON.stringify(before[index]));
  expect(changed).toMatchObject([{ id: traded, owner_id: recipient.id }]);
  const rewritten = await server.rows('SELECT count(*)::int AS rows FROM cards GROUP BY xmin ORDER BY count(*)');
  expect(rewritten).toEqual([{ rows: 1 }, { rows: 999 }]);
});

test('a card could be traded by whoever named it: its owner alone can', async () => {
  const thief = await program(server.url, await register(server.url));
  const cardId = await addCard(server.url, headers);
  const before = await traces();
  expectProblem(await trade(cardId, thief), 409, 'card_not_owned');
  expectProblem(await trade(cardId, { authorization: '' }), 401, 'unauthenticated');
  const forged = { cardId, recipient: { id: recipient.id }, sender: sender.id };
  const answer = await send(server.url, '/trades', { method: 'POST', headers: { ...thief }, body: forged });
  expectProblem(answer, 422, 'validation_failed');
  expect(await traces()).toEqual(before);
});

// Each breaks the trade off after the card has moved: one entry is in then, or both are, or all is done but the key.
const BROKEN = {
  'before the log': { table: 'trade_entries', when: 'true' },
  'between the two entries of the log': { table: 'trade_entries', when: 'NOT NEW.sent' },
  'behind the log': { table: 'idempotency_records', when: 'true' },
};
test.each(Object.entries(BROKEN))(
  'a trade could be left half done: one that fails %s leaves nothing',
  async (_at, fault) => {
    const cardId = await addCard(server.url, headers);
    const key = { 'idempotency-key': `key-${cardId}` };
    const before = await traces();
    await server.pool.query(`
    CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'the disk of hunter2 is full'; END $$;
    CREATE TRIGGER fail BEFORE INSERT ON ${fault.table} FOR EACH ROW WHEN (${fault.when}) EXECUTE FUNCTION fail()`);
    try {
      const answer = await trade(cardId, key);
      expectProblem(answer, 500, 'internal');
      expect(answer.text).not.toContain('hunter2');
      expect(await traces()).toEqual(before);
    } finally {
      await server.pool.query('DROP FUNCTION fail CASCADE');
    }
    // The key was not used up either: the same request succeeds once the fault is mended.
    expectAnswer(await trade(cardId, key), 201);
    expect(await server.rows('SELECT sent FROM trade_entries WHERE card_id = $1 ORDER BY sent', cardId)).toEqual([
      { sent: false },
      { sent: true },
    ]);
  },
);

test('received trades were invisible, and dates had no time: both sides see a trade to the millisecond', async () => {
  const cardId = await addCard(server.url, headers);
  const recorded = (await trade(cardId)).json;
  expect(recorded.createdAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(Math.abs(Date.now() - Date.parse(recorded.createdAt))).toBeLessThan(60_000);
  const theirs = await program(server.url, recipient);
  for (const { who, direction } of [
    { who: headers, direction: 'sent' },
    { who: theirs, direction: 'received' },
  ]) {
    const { json } = await send(server.url, `/trades?direction=${direction}&limit=1`, { headers: { ...who } });
    expect(json.items).toEqual([recorded]);
  }
});
