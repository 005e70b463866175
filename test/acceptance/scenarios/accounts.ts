import { expect } from 'vitest';
import type { Scenario } from '../scenario.js';
import { refused } from '../world.js';

export const accounts: readonly Scenario[] = [
  {
    name: 'a new account is answered as its owner sees it',
    async run(driver, world) {
      const { email, username, name, password } = world.stranger();
      const user = await driver.call('users.register', { email, username, name, password });
      expect(user).toEqual({ id: expect.any(String), email, username, name, createdAt: expect.any(String) });
    },
  },
  {
    name: 'an e-mail address is kept in lower case, a username as it was written',
    async run(driver, world) {
      const { email, username } = world.stranger();
      const user = await driver.call('users.register', world.stranger({ email: email.toUpperCase(), username }));
      expect(user).toMatchObject({ email, username });
    },
  },
  {
    name: 'an e-mail address belongs to one account, however it is typed',
    async run(driver, world) {
      const { email } = await world.member(driver, { email: `kim.${world.stranger().email}` });
      const variants = {
        same: email,
        'upper case': email.toUpperCase(),
        'Kelvin sign': email.replace('k', '\u212a'),
        'fullwidth letters': email.replace(/[a-z]/g, letter => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0)),
        'fullwidth @': email.replace('@', '\uff20'),
      };
      for (const [variant, typed] of Object.entries(variants)) {
        const taken = driver.call('users.register', world.stranger({ email: typed }));
        await refused(taken, 'email_taken').catch(error => Promise.reject(new Error(variant, { cause: error })));
      }
    },
  },
  {
    name: 'an account is found by its e-mail address in upper, lower and mixed case of any script',
    async run(driver, world) {
      const { email: unique } = world.stranger();
      for (const local of ['strauß', 'ΣΊΣΥΦΟΣ', 'ısparta', 'ſophie', 'İzmir', 'ǆungla', 'ﬀ']) {
        const { email, password } = await world.member(driver, { email: `${local}.${unique}` });
        for (const typed of [email, email.toUpperCase(), email.toLowerCase(), email.normalize('NFD')]) {
          expect((await driver.login({ email: typed, password })).caller, typed).toBeDefined();
          await refused(driver.call('users.register', world.stranger({ email: typed })), 'email_taken');
        }
      }
    },
  },
  {
    name: 'letters that only look alike make another e-mail address',
    async run(driver, world) {
      const { email } = await world.member(driver, { email: `a.${world.stranger().email}` });
      const cyrillic = email.replace('a', '\u0430');
      expect(await driver.call('users.register', world.stranger({ email: cyrillic }))).toMatchObject({
        email: cyrillic,
      });
    },
  },
  {
    name: 'a username belongs to one account, in any case',
    async run(driver, world) {
      const { username } = await world.member(driver);
      await refused(driver.call('users.register', world.stranger({ username })), 'username_taken');
      const shouted = world.stranger({ username: username.toUpperCase() });
      await refused(driver.call('users.register', shouted), 'username_taken');
    },
  },
  {
    name: 'a refused registration leaves its e-mail address free',
    async run(driver, world) {
      const { username } = await world.member(driver);
      const registration = world.stranger();
      await refused(driver.call('users.register', { ...registration, username }), 'username_taken');
      expect(await driver.call('users.register', registration)).toMatchObject({ email: registration.email });
    },
  },
  {
    name: 'one logs in by e-mail address or username, in any case',
    async run(driver, world) {
      const { user, email, username, password } = await world.member(driver);
      const ways = [{ email }, { email: email.toUpperCase() }, { username }, { username: username.toLowerCase() }];
      for (const way of ways) {
        const { caller, result } = await driver.login({ ...way, password });
        expect(result.user).toEqual(user);
        expect(result.session.current).toBe(true);
        const me = await driver.call('users.me', {}, caller);
        expect(me).toMatchObject({ user, session: { id: result.session.id, current: true } });
      }
    },
  },
  {
    name: 'a login that asks for the token gets it, 32 bytes in base64url',
    async run(driver, world) {
      const { email, password } = await world.member(driver);
      const first = await driver.call('sessions.login', { email, password, delivery: 'token' });
      const second = await driver.call('sessions.login', { email, password, delivery: 'token' });
      expect(first.token).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(second.token).toMatch(/^[A-Za-z0-9_-]{43}$/);
      expect(second.token).not.toBe(first.token);
    },
  },
  {
    name: 'an unknown account and a wrong password are refused in the same words',
    async run(driver, world) {
      const { email, username, password } = await world.member(driver);
      const unknown = world.stranger();
      const attempts = [
        { email, password: `${password}!` },
        { username, password: `${password}!` },
        { email: unknown.email, password },
        { username: unknown.username, password },
      ];
      const refusals = [];
      for (const attempt of attempts) {
        const { message, code, errors } = await refused(driver.login(attempt), 'invalid_credentials');
        refusals.push(JSON.stringify({ message: message, code, errors }));
      }
      expect(new Set(refusals).size).toBe(1);
    },
  },
  {
    name: 'a login names exactly one account and a known way of delivery',
    async run(driver, world) {
      const { email, username, password } = await world.member(driver);
      await refused(driver.login({ password }), 'validation_failed', '');
      await refused(driver.login({ email, username, password }), 'validation_failed', '');
      await refused(driver.login({ email, password, delivery: 'post' }), 'validation_failed', '/delivery');
    },
  },
];
