import { expect } from 'vitest';
import type { Caller, Driver } from '../driver.js';
import type { Scenario } from '../scenario.js';
import type { Member } from '../world.js';
import { names, refused } from '../world.js';
import { addCards } from './cards.js';

const NOBODYS = '01890a5d-ac96-774b-bcce-b302099a8057';

const held = async (driver: Driver, caller: Caller): Promise<string[]> =>
  names((await driver.call('cards.list', {}, caller)).items);

const publicView = ({ user: { id, username, name } }: Member) => ({ id, username, name });

export const trades: readonly Scenario[] = [
  {
    name: 'a trade names the recipient by id, username or e-mail address, and moves one card each time',
    async run(driver, world) {
      const [sender, recipient] = [await world.member(driver), await world.member(driver)];
      const { id, username, email } = recipient.user;
      const cards = await addCards(driver, sender.caller, '1', '2', '3', '4', '5', '6');
      const ways = [
        { id },
        { username },
        { username: username.toLowerCase() },
        { email },
        { email: email.toUpperCase() },
      ];
      for (const [index, way] of ways.entries()) {
        const trade = await driver.call('trades.record', { cardId: cards[index], recipient: way }, sender.caller);
        expect(trade).toMatchObject({ cardId: cards[index], cardName: `${index + 1}` });
        expect(trade.sender).toEqual(publicView(sender));
        expect(trade.recipient).toEqual(publicView(recipient));
        expect(await held(driver, sender.caller)).toHaveLength(5 - index);
        expect(await held(driver, recipient.caller)).toHaveLength(index + 1);
      }
      expect(await held(driver, sender.caller)).toEqual(['6']);
      expect(await held(driver, recipient.caller)).toEqual(['5', '4', '3', '2', '1']);
    },
  },
  {
    name: 'a card that was received can be traded on, and back',
    async run(driver, world) {
      const [a, b, c] = [await world.member(driver), await world.member(driver), await world.member(driver)];
      const [cardId] = await addCards(driver, a.caller, 'Wanderer');
      for (const [from, to] of [
        [a, b],
        [b, c],
        [c, a],
        [a, b],
      ] as const) {
        await driver.call('trades.record', { cardId, recipient: { id: to.user.id } }, from.caller);
        expect(await held(driver, to.caller)).toEqual(['Wanderer']);
        expect(await held(driver, from.caller)).toEqual([]);
      }
    },
  },
  {
    name: 'a card that is not there, or not the caller’s, cannot be traded',
    async run(driver, world) {
      const [one, another, third] = [
        await world.member(driver),
        await world.member(driver),
        await world.member(driver),
      ];
      const [cardId] = await addCards(driver, another.caller, 'Not yours');
      const recipient = { id: third.user.id };
      await refused(driver.call('trades.record', { cardId: NOBODYS, recipient }, one.caller), 'card_not_found');
      await refused(driver.call('trades.record', { cardId, recipient }, one.caller), 'card_not_owned');
      const toMyself = { cardId, recipient: { id: one.user.id } };
      await refused(driver.call('trades.record', toMyself, one.caller), 'card_not_owned');
      expect(await held(driver, another.caller)).toEqual(['Not yours']);
    },
  },
  {
    name: 'a card that was traded away cannot be traded again by its former owner',
    async run(driver, world) {
      const [sender, recipient] = [await world.member(driver), await world.member(driver)];
      const [cardId] = await addCards(driver, sender.caller, 'Gone');
      const input = { cardId, recipient: { id: recipient.user.id } };
      await driver.call('trades.record', input, sender.caller);
      await refused(driver.call('trades.record', input, sender.caller), 'card_not_owned');
    },
  },
  {
    name: 'a trade needs an existing recipient',
    async run(driver, world) {
      const { caller } = await world.member(driver);
      const [cardId] = await addCards(driver, caller, 'Kept');
      const { username, email } = world.stranger();
      for (const recipient of [{ id: NOBODYS }, { username }, { email }]) {
        await refused(driver.call('trades.record', { cardId, recipient }, caller), 'recipient_not_found');
      }
      expect(await held(driver, caller)).toEqual(['Kept']);
    },
  },
  {
    name: 'nobody trades with themselves',
    async run(driver, world) {
      const { caller, user } = await world.member(driver);
      const [cardId] = await addCards(driver, caller, 'Kept');
      const { id, username, email } = user;
      for (const recipient of [{ id }, { username: username.toUpperCase() }, { email }]) {
        await refused(driver.call('trades.record', { cardId, recipient }, caller), 'self_trade');
      }
      expect(await held(driver, caller)).toEqual(['Kept']);
    },
  },
  {
    name: 'refused trades are in no log',
    async run(driver, world) {
      const [one, another] = [await world.member(driver), await world.member(driver)];
      const [cardId] = await addCards(driver, one.caller, 'Kept');
      const before = await driver.call('trades.list', {}, another.caller);
      const toMyself = { cardId, recipient: { id: one.user.id } };
      await refused(driver.call('trades.record', toMyself, one.caller), 'self_trade');
      const taken = { cardId, recipient: { id: another.user.id } };
      await refused(driver.call('trades.record', taken, another.caller), 'card_not_owned');
      expect((await driver.call('trades.list', {}, one.caller)).items).toEqual([]);
      expect(await driver.call('trades.list', {}, another.caller)).toEqual(before);
    },
  },
  {
    name: 'the sender is the caller, and cannot be named',
    async run(driver, world) {
      const [one, another] = [await world.member(driver), await world.member(driver)];
      const [cardId] = await addCards(driver, another.caller, 'Not yours');
      const trade = { cardId, recipient: { id: one.user.id } };
      for (const [key, value] of Object.entries({ sender: another.user.id, senderId: another.user.id })) {
        const forged = driver.call('trades.record', { ...trade, [key]: value }, one.caller);
        await refused(forged, 'validation_failed', `/${key}`);
      }
      expect(await held(driver, another.caller)).toEqual(['Not yours']);
    },
  },
  {
    name: 'a trade names exactly one recipient',
    async run(driver, world) {
      const [one, another] = [await world.member(driver), await world.member(driver)];
      const [cardId] = await addCards(driver, one.caller, 'Kept');
      const { id, username, email } = another.user;
      for (const recipient of [{}, { id, username }, { username, email }, { id, username, email }]) {
        const call = driver.call('trades.record', { cardId, recipient }, one.caller);
        await refused(call, 'validation_failed', '/recipient');
      }
      await refused(driver.call('trades.record', { cardId }, one.caller), 'validation_failed', '/recipient');
    },
  },
];
