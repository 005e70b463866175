import { expect } from 'vitest';
import type { Caller, Driver } from '../driver.js';
import type { Scenario } from '../scenario.js';
import { names, refused } from '../world.js';

/** Adds cards in this order. */
export async function addCards(driver: Driver, caller: Caller, ...cards: string[]): Promise<string[]> {
  const ids: string[] = [];
  for (const name of cards) ids.push((await driver.call('cards.add', { name }, caller)).id);
  return ids;
}

export const cards: readonly Scenario[] = [
  {
    name: 'a new card belongs to its creator',
    async run(driver, world) {
      const { user, caller } = await world.member(driver);
      const card = await driver.call('cards.add', { name: 'Ace', description: 'Of spades.\nWorn.' }, caller);
      expect(card).toMatchObject({ ownerId: user.id, name: 'Ace', description: 'Of spades.\nWorn.' });
      expect(await driver.call('cards.list', {}, caller)).toEqual({ items: [card], next: null });
    },
  },
  {
    name: 'a description can be left out, and a name can occur twice',
    async run(driver, world) {
      const { caller } = await world.member(driver);
      const [first, second] = [
        await driver.call('cards.add', { name: 'Twin' }, caller),
        await driver.call('cards.add', { name: 'Twin', description: '' }, caller),
      ];
      expect(first.description).toBe('');
      expect(second.id).not.toBe(first.id);
    },
  },
  {
    name: 'text is kept as it was written',
    async run(driver, world) {
      const { caller } = await world.member(driver);
      const name = ` <b>O'Hara"; DROP TABLE cards; -- \\u0041 \u{1f0cf}é e\u0301 `;
      await driver.call('cards.add', { name, description: name }, caller);
      const { items } = await driver.call('cards.list', {}, caller);
      expect(items).toMatchObject([{ name, description: name }]);
    },
  },
  {
    name: 'a list has the cards of the caller alone, and at first none',
    async run(driver, world) {
      const [one, another] = [await world.member(driver), await world.member(driver)];
      await addCards(driver, one.caller, 'Mine');
      expect(names((await driver.call('cards.list', {}, one.caller)).items)).toEqual(['Mine']);
      expect(await driver.call('cards.list', {}, another.caller)).toEqual({ items: [], next: null });
    },
  },
  {
    name: 'pages of cards come newest first, and are not moved by cards that are added meanwhile',
    async run(driver, world) {
      const { caller } = await world.member(driver);
      await addCards(driver, caller, '1', '2', '3', '4', '5');
      const first = await driver.call('cards.list', { limit: 2 }, caller);
      await addCards(driver, caller, '6');
      const second = await driver.call('cards.list', { limit: 2, after: first.next }, caller);
      const third = await driver.call('cards.list', { limit: 2, after: second.next }, caller);
      expect([first, second, third].map(({ items }) => names(items))).toEqual([['5', '4'], ['3', '2'], ['1']]);
      expect(third.next).toBeNull();
    },
  },
  {
    name: 'a page that holds exactly the rest is the last one',
    async run(driver, world) {
      const { caller } = await world.member(driver);
      await addCards(driver, caller, '1', '2');
      expect(await driver.call('cards.list', { limit: 2 }, caller)).toMatchObject({ next: null });
      expect((await driver.call('cards.list', { limit: 1 }, caller)).next).not.toBeNull();
    },
  },
  {
    name: 'a page of cards holds 50 unless the caller says otherwise, and 100 at most',
    async run(driver, world) {
      const { caller } = await world.member(driver);
      await Promise.all(Array.from({ length: 101 }, (_, index) => addCards(driver, caller, `${index}`)));
      expect((await driver.call('cards.list', {}, caller)).items).toHaveLength(50);
      expect((await driver.call('cards.list', { limit: 100 }, caller)).items).toHaveLength(100);
    },
  },
  {
    name: "another user's cursor shows the caller's own cards",
    async run(driver, world) {
      const [one, another] = [await world.member(driver), await world.member(driver)];
      await addCards(driver, another.caller, 'theirs');
      await addCards(driver, one.caller, '1', '2');
      const { next } = await driver.call('cards.list', { limit: 1 }, one.caller);
      const { items } = await driver.call('cards.list', { after: next }, another.caller);
      expect(names(items)).toEqual(['theirs']);
    },
  },
  {
    name: 'a card needs a name',
    async run(driver, world) {
      const { caller } = await world.member(driver);
      await refused(driver.call('cards.add', {}, caller), 'validation_failed', '/name');
      await refused(driver.call('cards.add', { name: '' }, caller), 'validation_failed', '/name');
    },
  },
];
