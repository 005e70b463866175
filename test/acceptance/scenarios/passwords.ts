import { expect } from 'vitest';
import type { Driver } from '../driver.js';
import type { Scenario } from '../scenario.js';
import type { World } from '../world.js';
import { refused } from '../world.js';

const register = (driver: Driver, world: World, password: string) =>
  driver.call('users.register', world.stranger({ password }));

export const passwords: readonly Scenario[] = [
  {
    name: 'passwords that attackers try first are refused, and the refusal says why and what to do',
    async run(driver, world) {
      for (const [password, why] of [
        ['trustno1', 'a common password'],
        ['TrustNo1', 'a common password'],
        ['Dr@gon2024!\u200b', 'a common password and a year'],
        ['abcdefgh', 'a sequence'],
        ['sdfghjklö!', 'a row of keys'],
        ['\u{1f0cf}'.repeat(12), 'a repetition'],
        ['tradepost99', 'a word that belongs to this service'],
      ] as const) {
        const { message } = await refused(register(driver, world, password), 'weak_password');
        expect(message).toContain(why);
        expect(message).toContain('Use a phrase of several words');
        expect(message).not.toContain(password);
      }
    },
  },
  {
    name: 'a password is not made of the e-mail address, the username or the name, in any case and with digits added',
    async run(driver, world) {
      const person = world.stranger();
      const { email, username, name } = person;
      const own = [email, email.toUpperCase(), username, username.toLowerCase(), `${username}2024`, `${name}1!`];
      for (const password of own) {
        await refused(driver.call('users.register', { ...person, password }), 'weak_password');
      }
      const password = `${username}, I presume`;
      expect(await driver.call('users.register', { ...person, password })).toMatchObject({ email });
    },
  },
  {
    name: 'a password has 8 to 128 code points',
    async run(driver, world) {
      const joker = '\u{1f0cf}'; // one code point, two UTF-16 units, four bytes
      // Eight cards without a pattern, then one card as often as needed.
      const ofLength = (count: number) => [...`🂡🂷🃎🂢🃑🂱🃁🂥${joker.repeat(121)}`].slice(0, count).join('');
      for (const count of [7, 129]) {
        await refused(register(driver, world, ofLength(count)), 'validation_failed', '/password');
      }
      for (const count of [8, 128]) {
        const { email, password, caller } = await world.member(driver, { password: ofLength(count) });
        await driver.call('users.me', {}, caller);
        await refused(driver.login({ email, password: password.slice(2) }), 'invalid_credentials');
      }
    },
  },
  {
    name: 'a login with more than 128 code points is refused without reading the account',
    async run(driver, world) {
      const { email } = await world.member(driver);
      await refused(driver.login({ email, password: 'x'.repeat(129) }), 'validation_failed', '/password');
    },
  },
  {
    name: 'passwords that agree in their first 72 bytes and differ behind are different',
    async run(driver, world) {
      const prefix = 'knobs vex'.repeat(8);
      const { email } = await world.member(driver, { password: `${prefix}one` });
      await refused(driver.login({ email, password: `${prefix}two` }), 'invalid_credentials');
      await refused(driver.login({ email, password: prefix }), 'invalid_credentials');
      await driver.login({ email, password: `${prefix}one` });
    },
  },
  {
    name: 'composed and decomposed letters are the same password',
    async run(driver, world) {
      const phrase = 'Zoë’s crème brûlée';
      const { email } = await world.member(driver, { password: phrase.normalize('NFC') });
      await driver.login({ email, password: phrase.normalize('NFD') });
      const other = await world.member(driver, { password: phrase.normalize('NFD') });
      await driver.login({ email: other.email, password: phrase.normalize('NFC') });
    },
  },
  {
    name: 'case, spaces and letters of another width tell passwords apart',
    async run(driver, world) {
      const { email } = await world.member(driver, { password: 'Correct horse 1' });
      for (const password of ['correct horse 1', ' Correct horse 1', 'Correct horse 1 ', 'Correct horse \uff11']) {
        await refused(driver.login({ email, password }), 'invalid_credentials');
      }
    },
  },
];
