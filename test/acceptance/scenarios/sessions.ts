import { expect } from 'vitest';
import type { OperationName } from '../../../src/adapters/driving/operations/index.js';
import { operations } from '../../../src/adapters/driving/operations/index.js';
import type { Caller, Driver } from '../driver.js';
import type { Scenario } from '../scenario.js';
import type { Member } from '../world.js';
import { refused } from '../world.js';
import { validInput } from './valid-input.js';

const idOf = async (driver: Driver, caller: Caller): Promise<string> =>
  (await driver.call('users.me', {}, caller)).session.id;

const listed = async (driver: Driver, caller: Caller): Promise<string[]> =>
  (await driver.call('sessions.list', {}, caller)).items.map(({ id }) => id);

const loginAgain = async (driver: Driver, { email, password }: Member): Promise<Caller> =>
  (await driver.login({ email, password })).caller;

const NOBODYS = '01890a5d-ac96-774b-bcce-b302099a8057';

export const sessions: readonly Scenario[] = [
  {
    name: 'operations that need a session are refused without one and with one that was never issued',
    async run(driver, world) {
      const { caller } = await world.member(driver);
      for (const name of Object.keys(operations) as OperationName[]) {
        if (operations[name].access === 'anyone') continue;
        await refused(driver.call(name, validInput(name, world)), 'unauthenticated');
        await refused(driver.call(name, validInput(name, world), driver.impostor()), 'unauthenticated');
      }
      await driver.call('users.me', {}, caller);
    },
  },
  {
    name: 'sessions of one user live side by side, and are listed newest first',
    async run(driver, world) {
      const member = await world.member(driver);
      const callers = [member.caller, await loginAgain(driver, member), await loginAgain(driver, member)];
      const ids = await Promise.all(callers.map(caller => idOf(driver, caller)));
      expect(new Set(ids).size).toBe(3);
      for (const [index, caller] of callers.entries()) {
        const { items } = await driver.call('sessions.list', {}, caller);
        expect(items.map(({ id }) => id)).toEqual([...ids].reverse());
        expect(items.filter(({ current }) => current).map(({ id }) => id)).toEqual([ids[index]]);
      }
    },
  },
  {
    name: 'the list of sessions is read in pages, which stay in order while sessions come and go',
    async run(driver, world) {
      const member = await world.member(driver);
      const { caller } = member;
      for (let login = 0; login < 4; login += 1) await loginAgain(driver, member);
      const ids = await listed(driver, caller);
      expect(ids).toHaveLength(5);
      const first = await driver.call('sessions.list', { limit: 2 }, caller);
      expect(first.items.map(({ id }) => id)).toEqual(ids.slice(0, 2));
      await loginAgain(driver, member);
      for (const id of [ids[1], ids[2]]) await driver.call('sessions.revoke', { id }, caller);
      const second = await driver.call('sessions.list', { limit: 2, after: first.next }, caller);
      expect(second.items.map(({ id, current }) => [id, current])).toEqual([
        [ids[3], false],
        [ids[4], true],
      ]);
      expect(second.next).toBeNull();
    },
  },
  {
    name: 'a page of sessions is refused with a limit or cursor that is none, or is of another list',
    async run(driver, world) {
      const { caller } = await world.member(driver);
      for (const limit of [0, 101, 1.5]) {
        await refused(driver.call('sessions.list', { limit }, caller), 'validation_failed', '/limit');
      }
      await driver.call('cards.add', { name: 'Ace' }, caller);
      await driver.call('cards.add', { name: 'King' }, caller);
      const { next: ofCards } = await driver.call('cards.list', { limit: 1 }, caller);
      for (const after of ['', 'x', ofCards]) {
        await refused(driver.call('sessions.list', { after }, caller), 'validation_failed', '/after');
      }
      await refused(driver.call('sessions.list', { all: true }, caller), 'validation_failed', '/all');
    },
  },
  {
    name: 'a user has 100 sessions at most: one more ends the one that was last used the longest ago',
    async run(driver, world) {
      const member = await world.member(driver);
      const unused = await loginAgain(driver, member);
      for (let login = 2; login < 100; login += 1) await loginAgain(driver, member);
      world.pass(120);
      // The oldest session, which is in use.
      await driver.call('users.me', {}, member.caller);
      const newest = await loginAgain(driver, member);
      await refused(driver.call('users.me', {}, unused), 'unauthenticated');
      const { items, next } = await driver.call('sessions.list', { limit: 100 }, newest);
      expect([items.length, next]).toEqual([100, null]);
      expect(await listed(driver, newest)).toHaveLength(50);
      await driver.call('users.me', {}, member.caller);
    },
  },
  {
    name: 'logging out ends that session and no other',
    async run(driver, world) {
      const member = await world.member(driver);
      const other = await loginAgain(driver, member);
      await driver.call('sessions.logout', {}, member.caller);
      await refused(driver.call('users.me', {}, member.caller), 'unauthenticated');
      await refused(driver.call('sessions.logout', {}, member.caller), 'unauthenticated');
      expect(await listed(driver, other)).toEqual([await idOf(driver, other)]);
    },
  },
  {
    name: 'a session can be ended from another one, once',
    async run(driver, world) {
      const member = await world.member(driver);
      const other = await loginAgain(driver, member);
      const id = await idOf(driver, other);
      await driver.call('sessions.revoke', { id }, member.caller);
      await refused(driver.call('users.me', {}, other), 'unauthenticated');
      await refused(driver.call('sessions.revoke', { id }, member.caller), 'session_not_found');
      await driver.call('users.me', {}, member.caller);
    },
  },
  {
    name: "revoking the caller's own session is a logout",
    async run(driver, world) {
      const { caller } = await world.member(driver);
      await driver.call('sessions.revoke', { id: await idOf(driver, caller) }, caller);
      await refused(driver.call('users.me', {}, caller), 'unauthenticated');
    },
  },
  {
    name: 'the session of another user is treated as unknown, and stays valid',
    async run(driver, world) {
      const [one, another] = [await world.member(driver), await world.member(driver)];
      const id = await idOf(driver, another.caller);
      const theirs = await refused(driver.call('sessions.revoke', { id }, one.caller), 'session_not_found');
      const nobodys = await refused(driver.call('sessions.revoke', { id: NOBODYS }, one.caller), 'session_not_found');
      expect(theirs.message).toBe(nobodys.message);
      await driver.call('users.me', {}, another.caller);
    },
  },
  {
    name: 'all sessions of a user end at once, and of that user alone',
    async run(driver, world) {
      const [member, bystander] = [await world.member(driver), await world.member(driver)];
      const other = await loginAgain(driver, member);
      await driver.call('sessions.revokeAll', {}, member.caller);
      for (const caller of [member.caller, other]) {
        await refused(driver.call('users.me', {}, caller), 'unauthenticated');
      }
      await driver.call('users.me', {}, bystander.caller);
    },
  },
  {
    name: 'all sessions but the one that asks end at once',
    async run(driver, world) {
      const member = await world.member(driver);
      const others = [await loginAgain(driver, member), await loginAgain(driver, member)];
      await driver.call('sessions.revokeAll', { except: 'current' }, member.caller);
      for (const caller of others) await refused(driver.call('users.me', {}, caller), 'unauthenticated');
      expect(await listed(driver, member.caller)).toHaveLength(1);
      const wrong = driver.call('sessions.revokeAll', { except: 'others' }, member.caller);
      await refused(wrong, 'validation_failed', '/except');
    },
  },
  {
    name: 'a session ends an hour after it began, however much it is used, and is no longer listed',
    async run(driver, world) {
      const member = await world.member(driver);
      const began = await driver.call('users.me', {}, member.caller);
      world.pass(3580);
      const used = await driver.call('users.me', {}, member.caller);
      expect(used.session.expiresAt).toBe(began.session.expiresAt);
      expect(used.session.lastUsedAt > began.session.lastUsedAt).toBe(true);
      world.pass(20);
      await refused(driver.call('users.me', {}, member.caller), 'unauthenticated');
      const anew = await loginAgain(driver, member);
      expect(await listed(driver, anew)).toEqual([await idOf(driver, anew)]);
      await refused(driver.call('sessions.revoke', { id: 'none' }, anew), 'validation_failed', '/id');
    },
  },
];
