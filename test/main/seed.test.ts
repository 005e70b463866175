import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createTradepost } from '../../src/index.js';
import { readOptions, UsageError } from '../../src/main/commands/command.js';
import { seed } from '../../src/main/commands/seed.js';
import { cheapHashing } from '../support/cheap-hashing.js';
import { run } from '../support/servers/processes.js';
import { connectorAt, heldAt } from '../support/stores/copying.js';
import { describeMongo } from '../support/stores/mongo-database.js';
import { temporaryStores } from '../support/stores/temporary-stores.js';

const PASSWORD = 'tin whistle orchard';
const stores = temporaryStores();

/** Seeds the store, and uses it as its users would. */
async function seedAndTrade(url: string): Promise<void> {
  const file = join(tmpdir(), `tradepost-password-${process.pid}`);
  writeFileSync(file, `${PASSWORD}\n`);
  const args = ['seed', '--users', '30', '--trades', '2000', '--password-file', file, '--seed-value', '5'];
  const seeded = await run(args, { DATABASE_URL: url });
  expect(seeded).toMatchObject({ status: 0, stdout: expect.stringContaining('30 users, 150 cards, 2,000 trades') });
  expect(seeded.stdout).not.toContain(PASSWORD);

  const { users, cards, tradeEntries } = await heldAt(url);
  expect([users.length, cards.length, tradeEntries.length]).toEqual([30, 150, 4000]);

  const tradepost = await createTradepost({
    ...{ storage: await connectorAt(url), hashing: cheapHashing, rateLimits: 'off' },
  });
  const { token, user } = await tradepost.login({ username: 'demo1', password: PASSWORD });
  const own = tradeEntries.filter(({ userId }) => userId === user.id);
  const listed: string[] = [];
  for (let after: string | undefined, last = false; !last; ) {
    const { items, next } = await tradepost.listTrades({ token, limit: 40, ...(after !== undefined && { after }) });
    listed.push(...items.map(({ id }) => id));
    last = next === null;
    after = next ?? undefined;
  }
  const newestFirst = own.toSorted((one, other) => other.entry.number - one.entry.number);
  expect(listed).toEqual(newestFirst.map(({ entry }) => entry.tradeId));

  const { items } = await tradepost.listCards({ token });
  const card = items[0] ?? expect.fail('demo1 has no card');
  const traded = await tradepost.recordTrade({ token, cardId: card.id, recipient: { username: 'demo2' } });
  // One process holds an embedded database at a time.
  await tradepost.close();
  const after = await heldAt(url);
  const entry = after.tradeEntries.find(
    ({ userId, entry: { tradeId } }) => userId === user.id && tradeId === traded.id,
  );
  expect(entry?.entry.number).toBe(own.length + 1);

  const again = await run(['seed'], { DATABASE_URL: url });
  expect(again).toMatchObject({ status: 1, stderr: expect.stringContaining('it is not empty') });
}

describe('tradepost seed', () => {
  it('fills PostgreSQL', async () => seedAndTrade(await stores.postgres()), 60_000);

  it('fills an embedded database', () => seedAndTrade(stores.embedded()), 60_000);

  describeMongo('and MongoDB', () => {
    it('fills it', () => seedAndTrade(stores.mongo()), 60_000);
  });

  it('makes a password where none is given, and the same data in every store', async () => {
    const [one, other] = [await stores.postgres(), await stores.postgres()];
    const { stdout } = await run(['seed', '--users', '5', '--trades', '50'], { DATABASE_URL: one });
    const [, password = ''] = /with the password (\S+)$/m.exec(stdout) ?? [];
    const tradepost = await createTradepost({ storage: await connectorAt(one), rateLimits: 'off' });
    onTestFinished(() => tradepost.close());
    expect((await tradepost.login({ email: 'demo5@example.org', password })).user.username).toBe('demo5');
    await run(['seed', '--users', '5', '--trades', '50', '--password', PASSWORD], { DATABASE_URL: other });
    const [first, second] = [await heldAt(one), await heldAt(other)];
    expect(second.users.map(({ user }) => user)).toEqual(first.users.map(({ user }) => user));
    expect([second.cards, second.tradeEntries]).toEqual([first.cards, first.tradeEntries]);
  }, 60_000);

  it('is refused in production, and for a store that ends with the process', async () => {
    const production = await run(['seed'], { DATABASE_URL: stores.embedded(), NODE_ENV: 'production' });
    expect(production).toMatchObject({ status: 1, stderr: expect.stringContaining('NODE_ENV=production') });
    const memory = await run(['seed'], { DATABASE_URL: 'memory:' });
    expect(memory).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('memory: is a store that starts empty'),
    });
  });

  it.each([
    [['--users', '1'], '--users must be a whole number from 2 to 100,000'],
    [['--users', '100001'], '--users must be'],
    [['--trades', '-1'], '--trades must be a whole number from 0 to 10,000,000'],
    [['--trades', '1e3'], '--trades must be'],
    [['--seed-value', '4294967296'], '--seed-value must be'],
    [['--password', 'hunter2'], '--password: '],
    [['--password', 'x'.repeat(129)], '--password: must have at most 128'],
    [['--password', PASSWORD, '--password-file', '/none'], 'give --password or --password-file'],
    [['--password-file', '/none'], 'the file cannot be read (ENOENT)'],
  ])('called with %j says what is wrong, and no password', async (args, message) => {
    const silent = () => undefined;
    const context = { environment: {}, print: silent, complain: silent, screen: { write: silent } };
    const calling = async () => {
      const options = readOptions(args, seed.options ?? []);
      return options === 'help' ? 0 : seed.run({ ...context, options });
    };
    const error: unknown = await calling().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(UsageError);
    expect(String(error)).toContain(message);
    expect(String(error)).not.toContain('hunter2');
  });
});
