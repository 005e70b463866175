import { describe, expect, it } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import type { DemoSize } from '../../src/application/demo/demo-data.js';
import { DemoData } from '../../src/application/demo/demo-data.js';
import type { CopyProgress } from '../../src/application/use-cases/copy-storage.js';
import { SeedStorage } from '../../src/application/use-cases/seed-storage.js';
import {
  parseCardDescription,
  parseCardName,
  parseEmailAddress,
  parseId,
  parsePersonName,
  parseUsername,
} from '../../src/index.js';

const rowsOf = (size: DemoSize, seed = 1) => {
  const data = new DemoData(size, seed, 'hash');
  return { accounts: [...data.accounts()], cards: [...data.allCards()], entries: [...data.tradeEntries()], data };
};

describe('demo data', () => {
  const size = { users: 20, trades: 500 };
  const { accounts, cards, entries, data } = rowsOf(size);
  const users = new Map(accounts.map(({ user }) => [user.id, user]));

  it('has as many rows as it says, and values that callers could have sent', () => {
    expect(data.counts).toEqual({ users: 20, cards: 100, tradeEntries: 1000 });
    expect([accounts.length, cards.length, entries.length]).toEqual([20, 100, 1000]);
    for (const { user } of accounts) {
      expect([parseId(user.id), parseEmailAddress(user.email)]).toEqual([user.id, user.email]);
      expect([parseUsername(user.username), parsePersonName(user.name)]).toEqual([user.username, user.name]);
    }
    for (const { id, name, description } of cards) {
      expect([parseId(id), parseCardName(name), parseCardDescription(description)]).toEqual([id, name, description]);
    }
    const ids = [...users.keys(), ...cards.map(({ id }) => id), ...entries.map(({ entry }) => entry.tradeId)];
    expect(new Set(ids).size).toBe(20 + 100 + 500);
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    for (const list of [accounts.map(({ user }) => user.id), cards.map(({ id }) => id)])
      expect(list).toEqual([...list].sort());
  });

  it('has logs without gaps, in the order of time, with an entry for each party', () => {
    const numbers = new Map<string, number>();
    const parties = new Map<string, Set<string>>();
    let last = '';
    for (const { userId, entry } of entries) {
      const number = (numbers.get(userId) ?? 0) + 1;
      if (number === 1) last = '';
      numbers.set(userId, number);
      expect(entry.number).toBe(number);
      expect(entry.createdAt > last).toBe(true);
      last = entry.createdAt;
      expect(users.get(entry.counterparty.id)).toMatchObject(entry.counterparty);
      expect(entry.counterparty.id).not.toBe(userId);
      const [sender, recipient] = [userId, entry.counterparty.id];
      const trade = entry.direction === 'sent' ? `${sender} ${recipient}` : `${recipient} ${sender}`;
      const key = `${entry.tradeId} ${entry.cardId} ${entry.cardName} ${entry.createdAt} ${trade}`;
      parties.set(key, (parties.get(key) ?? new Set()).add(entry.direction));
    }
    expect(parties.size).toBe(500);
    for (const directions of parties.values()) expect(directions.size).toBe(2);
  });

  it('has cards whose trades go from owner to owner, and end with the one they have', () => {
    const owners = new Map(cards.map(({ id }, index) => [id, accounts[index % 20]?.user.id ?? '']));
    const sent = entries.filter(({ entry }) => entry.direction === 'sent');
    for (const { userId, entry } of sent.toSorted((a, b) => (a.entry.createdAt < b.entry.createdAt ? -1 : 1))) {
      expect(owners.get(entry.cardId)).toBe(userId);
      owners.set(entry.cardId, entry.counterparty.id);
    }
    for (const { id, ownerId } of cards) expect(owners.get(id)).toBe(ownerId);
  });

  it('is decided by the seed', () => {
    const [first, second, other] = [rowsOf(size, 7), rowsOf(size, 7), rowsOf(size, 8)];
    expect([second.accounts, second.cards, second.entries]).toEqual([first.accounts, first.cards, first.entries]);
    expect(other.accounts[0]?.user.id).not.toBe(first.accounts[0]?.user.id);
    expect(other.entries.map(({ entry }) => entry.counterparty.username)).not.toEqual(
      first.entries.map(({ entry }) => entry.counterparty.username),
    );
    expect(rowsOf({ users: 2, trades: 0 }).entries).toEqual([]);
  });

  it('is written in batches, with progress, and not finished where a batch fails', async () => {
    const connector = memory();
    const reports: CopyProgress[] = [];
    const target = await connector.copying.beginImport();
    await new SeedStorage(300).execute({ data, target, onProgress: at => void reports.push(at) });
    expect(
      reports.map(({ collection, done, complete }) => `${collection} ${done}${complete ? ' complete' : ''}`),
    ).toEqual([
      'users 20',
      'users 20 complete',
      'cards 100',
      'cards 100 complete',
      // Two batches are written at a time, so the last one, which is smaller, can end before the one before.
      'tradeEntries 300',
      'tradeEntries 600',
      expect.stringMatching(/^tradeEntries [79]00$/),
      'tradeEntries 1000',
      'tradeEntries 1000 complete',
    ]);
    expect((await (await connector.open()).trades.latest([...users.keys()])).size).toBe(20);
    const broken = memory();
    const failing = await broken.copying.beginImport();
    const write: typeof failing.write = async () => {
      throw new Error('no space left');
    };
    const attempt = new SeedStorage(300).execute({ data, target: Object.assign(failing, { write }) });
    await expect(attempt).rejects.toThrow('no space left');
    await expect(broken.open()).rejects.toMatchObject({ code: 'unfinished_copy' });
    const aborted = new SeedStorage().execute({
      ...{ data, target: await memory().copying.beginImport() },
      signal: AbortSignal.abort(new Error('stopped')),
    });
    await expect(aborted).rejects.toThrow('stopped');
  });
});
