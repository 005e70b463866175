import { expect } from 'vitest';
import type { Driver } from '../driver.js';
import type { Scenario } from '../scenario.js';
import type { World } from '../world.js';
import { refused } from '../world.js';

const register = (driver: Driver, world: World, password: string) =>
  driver.call('users.register', world.stranger({ password }));

export const passwords: readonly Scenario[] = [
  {
    name: 'common passwords are refused, in any case',
    async run(driver, world) {
      await refused(register(driver, world, 'trustno1'), 'validation_failed', '/password');
      await refused(register(driver, world, 'TrustNo1'), 'validation_failed', '/password');
    },
  },
  {
    name: 'a password is neither the e-mail address nor the username, in any case',
    async run(driver, world) {
      const person = world.stranger();
      const { email, username } = person;
      for (const password of [email, email.toUpperCase(), username, username.toLowerCase()]) {
        await refused(driver.call('users.register', { ...person, password }), 'validation_failed', '/password');
      }
      expect(await driver.call('users.register', { ...person, password: `${username}, I` })).toMatchObject({ email });
    },
  },
  {
    name: 'a password has 8 to 128 code points',
    async run(driver, world) {
      const joker = '\u{1f0cf}'; // one code point, two UTF-16 units, four bytes
      for (const count of [7, 129]) {
        await refused(register(driver, world, joker.repeat(count)), 'validation_failed', '/password');
      }
      for (const count of [8, 128]) {
        const { email, password, caller } = await world.member(driver, { password: joker.repeat(count) });
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
      const prefix = 'abcdefgh'.repeat(9);
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
