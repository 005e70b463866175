import { expect } from 'vitest';
import type { Scenario } from '../scenario.js';
import { refused } from '../world.js';

/** One code point, two UTF-16 units, four bytes: limits count code points. */
const JOKER = '\u{1f0cf}';

export const lengths: readonly Scenario[] = [
  {
    name: 'an e-mail address has at most 64 code points before the @ and 254 altogether',
    async run(driver, world) {
      const { email } = world.stranger();
      const unique = email.split('@')[0] ?? '';
      const local = (length: number) => unique.padEnd(length, 'x');
      const domain = (length: number) => `${'d'.repeat(length - 4)}.org`;
      const addresses = {
        'local part of 64': [`${local(64)}@${domain(20)}`, true],
        'local part of 65': [`${local(65)}@${domain(20)}`, false],
        'local part of 64 outside the BMP': [`${unique}${JOKER.repeat(64 - unique.length)}@${domain(20)}`, true],
        'address of 254': [`${local(60)}@${domain(193)}`, true],
        'address of 255': [`${local(60)}@${domain(194)}`, false],
        'address of 255 that is shorter before it is normalised': [
          `${local(60)}@${domain(193).replace('ddd', 'dd\ufb03')}`,
          false,
        ],
      } as const;
      for (const [what, [address, fits]] of Object.entries(addresses)) {
        const call = driver.call('users.register', world.stranger({ email: address }));
        if (fits) expect((await call).email, what).toBe(address);
        else await refused(call, 'validation_failed', '/email');
      }
    },
  },
  {
    name: 'an e-mail address has one @ with text on both sides, no spaces and nothing invisible',
    async run(driver, world) {
      const wrong = [
        '',
        'x',
        '@',
        'a@',
        '@b',
        'a@b@c',
        'a@b\uff20c',
        'a b@c',
        ' a@b',
        'a@b\n',
        'a\u200bb@c',
        'a\u00a0b@c',
        'a\u00ad@b',
        'a\ufe0f@b',
        'a\u3164@b',
        'a\u2800@b',
        'a\ue000@b',
      ];
      for (const email of wrong) {
        await refused(driver.call('users.register', world.stranger({ email })), 'validation_failed', '/email');
      }
    },
  },
  {
    name: 'a username has 3 to 30 of its characters',
    async run(driver, world) {
      const { username } = world.stranger();
      const wrong = [
        '',
        'ab',
        'x'.repeat(31),
        'with space',
        'naïve',
        `${JOKER}${JOKER}`,
        'a\nb',
        'abc\n',
        'a@b.c',
        '\u212aelvin',
      ];
      for (const name of wrong) {
        await refused(
          driver.call('users.register', world.stranger({ username: name })),
          'validation_failed',
          '/username',
        );
      }
      const longest = `${username}._-`.padEnd(30, '0');
      const shortest = `${username.slice(-3)}`;
      for (const name of [longest, shortest]) {
        expect((await driver.call('users.register', world.stranger({ username: name }))).username).toBe(name);
      }
    },
  },
  {
    name: 'the name of a person has 1 to 100 code points',
    async run(driver, world) {
      for (const name of ['', JOKER.repeat(101)]) {
        await refused(driver.call('users.register', world.stranger({ name })), 'validation_failed', '/name');
      }
      for (const name of ['x', JOKER.repeat(100)]) {
        expect((await driver.call('users.register', world.stranger({ name }))).name).toBe(name);
      }
    },
  },
  {
    name: 'the name of a person or card is one line, with something to see and nothing hidden',
    async run(driver, world) {
      const { caller } = await world.member(driver);
      const hidden = [
        'An\u202en',
        'An\u2066n',
        'An\u200bn',
        'Ann\u200d',
        '\u3164',
        ' \u00a0',
        'A\nnn',
        'A\tnn',
        'A\u2028nn',
      ];
      for (const name of hidden) {
        await refused(driver.call('users.register', world.stranger({ name })), 'validation_failed', '/name');
        await refused(driver.call('cards.add', { name }, caller), 'validation_failed', '/name');
      }
      for (const name of ['👩🏽‍🚀', 'می‌خواهم', 'ශ්‍රී', '❤️', '葛󠄀城']) {
        expect((await driver.call('users.register', world.stranger({ name }))).name).toBe(name);
        expect((await driver.call('cards.add', { name }, caller)).name).toBe(name);
      }
    },
  },
  {
    name: 'a card has a name of 1 to 100 and a description of up to 1,000 code points',
    async run(driver, world) {
      const { caller } = await world.member(driver);
      const [longest, description] = [JOKER.repeat(100), JOKER.repeat(1000)];
      const card = await driver.call('cards.add', { name: longest, description }, caller);
      expect(card).toMatchObject({ name: longest, description });
      const tooLong = { name: `${longest}x`, description: `${description}x` };
      await refused(driver.call('cards.add', tooLong, caller), 'validation_failed', '/name', '/description');
      expect((await driver.call('cards.list', {}, caller)).items).toEqual([card]);
    },
  },
];
