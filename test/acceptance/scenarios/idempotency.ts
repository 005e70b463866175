import { expect } from 'vitest';
import type { Scenario } from '../scenario.js';
import { cardNames, names, refused } from '../world.js';
import { addCards } from './cards.js';

export const idempotency: readonly Scenario[] = [
  {
    name: 'a card that is added twice under one key is one card, and the answers are equal',
    async run(driver, world) {
      const { caller } = await world.member(driver);
      const first = await driver.call('cards.add', { name: 'Once' }, caller, 'key');
      const again = await driver.call('cards.add', { description: '', name: 'Once' }, caller, 'key');
      expect(again).toEqual(first);
      expect((await driver.call('cards.list', {}, caller)).items).toEqual([first]);
    },
  },
  {
    name: 'a trade that is sent twice under one key is one trade, also when the card has gone on',
    async run(driver, world) {
      const [one, another] = [await world.member(driver), await world.member(driver)];
      const [cardId = ''] = await addCards(driver, one.caller, 'Once');
      const { email } = another.user;
      const first = await driver.call('trades.record', { cardId, recipient: { email } }, one.caller, 'key');
      const back = { cardId, recipient: { id: one.user.id } };
      await driver.call('trades.record', back, another.caller);
      const otherwise = { recipient: { email: email.toUpperCase() }, cardId: cardId.toUpperCase() };
      expect(await driver.call('trades.record', otherwise, one.caller, 'key')).toEqual(first);
      expect((await driver.call('trades.list', {}, one.caller)).items).toHaveLength(2);
      expect(names((await driver.call('cards.list', {}, one.caller)).items)).toEqual(['Once']);
    },
  },
  {
    name: 'a key that was used for one request is refused for another',
    async run(driver, world) {
      const [one, another] = [await world.member(driver), await world.member(driver)];
      const [first, second] = await addCards(driver, one.caller, '1', '2');
      const recipient = { id: another.user.id };
      await driver.call('trades.record', { cardId: first, recipient }, one.caller, 'trade');
      const other = { cardId: second, recipient };
      await refused(driver.call('trades.record', other, one.caller, 'trade'), 'idempotency_conflict');

      await driver.call('cards.add', { name: '3' }, one.caller, 'card');
      await refused(driver.call('cards.add', { name: '4' }, one.caller, 'card'), 'idempotency_conflict');
      expect(names((await driver.call('cards.list', {}, one.caller)).items)).toEqual(['3', '2']);
    },
  },
  {
    name: 'a key that was used for one operation is refused for another',
    async run(driver, world) {
      const [one, another] = [await world.member(driver), await world.member(driver)];
      const [first, second] = await addCards(driver, one.caller, '1', '2');
      const recipient = { id: another.user.id };
      await driver.call('trades.record', { cardId: first, recipient }, one.caller, 'trade');
      await refused(driver.call('cards.add', { name: '3' }, one.caller, 'trade'), 'idempotency_conflict');
      await driver.call('cards.add', { name: '3' }, one.caller, 'card');
      const trade = { cardId: second, recipient };
      await refused(driver.call('trades.record', trade, one.caller, 'card'), 'idempotency_conflict');
      expect(cardNames((await driver.call('trades.list', {}, one.caller)).items)).toEqual(['1']);
    },
  },
  {
    name: 'keys belong to their user',
    async run(driver, world) {
      const [one, another] = [await world.member(driver), await world.member(driver)];
      const [mine, theirs] = [
        await driver.call('cards.add', { name: 'Same' }, one.caller, 'key'),
        await driver.call('cards.add', { name: 'Same' }, another.caller, 'key'),
      ];
      expect(theirs.id).not.toBe(mine.id);
      expect(theirs.ownerId).toBe(another.user.id);
      expect((await driver.call('cards.add', { name: 'Other' }, another.caller, 'another-key')).name).toBe('Other');
    },
  },
  {
    name: 'a refused trade does not use up its key',
    async run(driver, world) {
      const { caller } = await world.member(driver);
      const late = world.stranger();
      const [cardId] = await addCards(driver, caller, 'Patience');
      const input = { cardId, recipient: { username: late.username } };
      await refused(driver.call('trades.record', input, caller, 'key'), 'recipient_not_found');
      await driver.call('users.register', late);
      const trade = await driver.call('trades.record', input, caller, 'key');
      expect(await driver.call('trades.record', input, caller, 'key')).toEqual(trade);
    },
  },
  {
    name: 'a key has 1 to 255 visible ASCII characters',
    async run(driver, world) {
      const { caller } = await world.member(driver);
      for (const key of ['', 'a b', 'é', 'x'.repeat(256)]) {
        await refused(driver.call('cards.add', { name: 'No' }, caller, key), 'validation_failed', '/idempotencyKey');
      }
      const key = '~'.repeat(255);
      const first = await driver.call('cards.add', { name: 'Yes' }, caller, key);
      expect(await driver.call('cards.add', { name: 'Yes' }, caller, key)).toEqual(first);
      expect(names((await driver.call('cards.list', {}, caller)).items)).toEqual(['Yes']);
    },
  },
  {
    name: 'a key without a session reveals nothing',
    async run(driver, world) {
      const { caller } = await world.member(driver);
      await driver.call('cards.add', { name: 'Mine' }, caller, 'key');
      await driver.call('sessions.logout', {}, caller);
      await refused(driver.call('cards.add', { name: 'Mine' }, caller, 'key'), 'unauthenticated');
    },
  },
];
