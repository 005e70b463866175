import { expect } from 'vitest';
import type { Caller, Driver } from '../driver.js';
import type { Scenario } from '../scenario.js';
import type { Member, World } from '../world.js';
import { cardNames } from '../world.js';
import { addCards } from './cards.js';

const list = async (driver: Driver, caller: Caller, input: object = {}) => driver.call('trades.list', input, caller);

const hand = async (driver: Driver, from: Member, to: Member, name: string): Promise<string> => {
  const [cardId] = await addCards(driver, from.caller, name);
  return (await driver.call('trades.record', { cardId, recipient: { id: to.user.id } }, from.caller)).id;
};

/** Two users; the first sent s1, s2 and s3, and received r1 and r2 in between. */
async function history(driver: Driver, world: World): Promise<readonly [Member, Member]> {
  const [one, another] = [await world.member(driver), await world.member(driver)];
  for (const name of ['s1', 'r1', 's2', 'r2', 's3']) {
    if (name.startsWith('s')) await hand(driver, one, another, name);
    else await hand(driver, another, one, name);
  }
  return [one, another];
}

async function allPages(driver: Driver, caller: Caller, input: { limit: number; direction: string }) {
  const pages: string[][] = [];
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof list>> = await list(driver, caller, {
      ...input,
      ...(after === null ? {} : { after }),
    });
    pages.push(cardNames(page.items));
    after = page.next;
  } while (after !== null && pages.length < 10);
  return pages;
}

export const tradePages: readonly Scenario[] = [
  {
    name: 'trades are listed by direction, newest first, for both sides',
    async run(driver, world) {
      const [one, another] = await history(driver, world);
      const expected = { sent: ['s3', 's2', 's1'], received: ['r2', 'r1'], all: ['s3', 'r2', 's2', 'r1', 's1'] };
      for (const [direction, cards] of Object.entries(expected)) {
        expect(cardNames((await list(driver, one.caller, { direction })).items), direction).toEqual(cards);
      }
      expect(cardNames((await list(driver, one.caller)).items)).toEqual(expected.all);
      expect(cardNames((await list(driver, another.caller, { direction: 'sent' })).items)).toEqual(expected.received);
      expect(cardNames((await list(driver, another.caller, { direction: 'received' })).items)).toEqual(expected.sent);
    },
  },
  {
    name: 'both sides see the same trade that its recording answered',
    async run(driver, world) {
      const [one, another] = [await world.member(driver), await world.member(driver)];
      const [cardId] = await addCards(driver, one.caller, 'Ace');
      const trade = await driver.call('trades.record', { cardId, recipient: { id: another.user.id } }, one.caller);
      for (const { caller } of [one, another]) expect((await list(driver, caller)).items).toEqual([trade]);
    },
  },
  {
    name: 'trades of others are not visible',
    async run(driver, world) {
      await history(driver, world);
      const bystander = await world.member(driver);
      expect(await list(driver, bystander.caller)).toMatchObject({ items: [], next: null });
    },
  },
  {
    name: 'pages of trades have every trade once, in every direction',
    async run(driver, world) {
      const [{ caller }] = await history(driver, world);
      expect(await allPages(driver, caller, { limit: 2, direction: 'all' })).toEqual([
        ['s3', 'r2'],
        ['s2', 'r1'],
        ['s1'],
      ]);
      expect(await allPages(driver, caller, { limit: 2, direction: 'sent' })).toEqual([['s3', 's2'], ['s1']]);
      expect(await allPages(driver, caller, { limit: 2, direction: 'received' })).toEqual([['r2', 'r1']]);
      expect(await allPages(driver, caller, { limit: 1, direction: 'received' })).toEqual([['r2'], ['r1']]);
    },
  },
  {
    name: 'trades that are recorded between two pages are on neither',
    async run(driver, world) {
      const [one, another] = await history(driver, world);
      const first = await list(driver, one.caller, { limit: 2 });
      await hand(driver, another, one, 'late');
      const second = await list(driver, one.caller, { limit: 2, after: first.next });
      expect([first, second].map(({ items }) => cardNames(items))).toEqual([
        ['s3', 'r2'],
        ['s2', 'r1'],
      ]);
    },
  },
  {
    name: '`latest` stands for the newest trade, in whatever direction and on whatever page',
    async run(driver, world) {
      const [one, another] = await history(driver, world);
      const [newest] = (await list(driver, one.caller)).items;
      const { latest } = await list(driver, one.caller);
      for (const input of [{ direction: 'sent' }, { direction: 'received' }, { limit: 1 }]) {
        expect((await list(driver, one.caller, input)).latest).toBe(latest);
      }
      const older = await list(driver, one.caller, { after: latest });
      expect(cardNames(older.items)).toEqual(['r2', 's2', 'r1', 's1']);
      expect(older.items.map(({ id }) => id)).not.toContain(newest?.id);

      await hand(driver, another, one, 'r3');
      const moved = await list(driver, one.caller, { direction: 'sent' });
      expect(moved.latest).not.toBe(latest);
      expect(cardNames((await list(driver, one.caller, { after: moved.latest })).items)[0]).toBe('s3');
    },
  },
  {
    name: 'a list without trades has a `latest` too, and with it shows nothing',
    async run(driver, world) {
      const { caller } = await world.member(driver);
      const { latest } = await list(driver, caller);
      expect(await list(driver, caller, { after: latest })).toEqual({ items: [], next: null, latest });
    },
  },
  {
    name: 'a trade keeps the name the card had',
    async run(driver, world) {
      const [one, another] = [await world.member(driver), await world.member(driver)];
      const id = await hand(driver, one, another, 'Ace of hearts');
      const { items } = await list(driver, another.caller);
      expect(items).toMatchObject([{ id, cardName: 'Ace of hearts', sender: { name: one.name } }]);
    },
  },
];
