import assert from 'node:assert/strict';
import { parseEmailAddress } from '../../domain/email-address.js';
import { timestamp } from '../../domain/timestamp.js';
import { parsePersonName, parseUsername } from '../../domain/user.js';
import type { ConformanceCase } from './fixtures.js';
import { addUser, newId, newUser, times } from './fixtures.js';

export const userCases: readonly ConformanceCase[] = [
  {
    name: 'users: an account is found by id, by e-mail address and by username in any case',
    run: async ({ users }) => {
      const user = newUser();
      const account = { user, passwordHash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2g' };
      assert.equal(await users.add(account), 'added');
      assert.deepEqual(await users.findAccount({ id: user.id }), account);
      assert.deepEqual(await users.findAccount({ email: user.email }), account);
      assert.deepEqual(await users.findAccount({ username: user.username }), account);
      assert.deepEqual(await users.findAccount({ username: parseUsername(user.username.toUpperCase()) }), account);
    },
  },
  {
    name: 'users: an account that does not exist is null',
    run: async ({ users }) => {
      const { id, email, username } = newUser();
      for (const reference of [{ id }, { email }, { username }]) assert.equal(await users.findAccount(reference), null);
    },
  },
  {
    name: 'users: text, case of the username and milliseconds are read back unchanged',
    run: async ({ users }) => {
      const user = {
        ...newUser({ name: parsePersonName('Zoë "O\'Neil" \\ {"$gt":""} 👩🏽‍🚀 \u0065\u0301 می‌خواهم') }),
        createdAt: timestamp(Date.UTC(1999, 11, 31, 23, 59, 59, 7)),
      };
      const mixed = { ...user, username: parseUsername(`Mix-${user.username.slice(0, 12)}`) };
      await users.add({ user: mixed, passwordHash: 'x'.repeat(500) });
      assert.deepEqual(await users.findAccount({ id: user.id }), { user: mixed, passwordHash: 'x'.repeat(500) });
    },
  },
  {
    name: 'users: an e-mail address is unique',
    run: async ({ users }) => {
      const first = newUser();
      await users.add({ user: first, passwordHash: 'first' });
      const second = newUser({ email: first.email });
      assert.equal(await users.add({ user: second, passwordHash: 'second' }), 'email_taken');
      assert.equal((await users.findAccount({ email: first.email }))?.passwordHash, 'first');
      assert.equal(await users.findAccount({ id: second.id }), null);
      assert.equal(await users.findAccount({ username: second.username }), null);
    },
  },
  {
    name: 'users: a username is unique, whatever its case',
    run: async ({ users }) => {
      const first = newUser();
      await users.add({ user: first, passwordHash: 'first' });
      const second = newUser({ username: parseUsername(first.username.toUpperCase()) });
      assert.equal(await users.add({ user: second, passwordHash: 'second' }), 'username_taken');
      assert.equal(await users.findAccount({ email: second.email }), null);
    },
  },
  {
    name: 'users: where both are taken the e-mail address is reported',
    run: async storage => {
      const first = await addUser(storage);
      const second = await addUser(storage);
      const both = newUser({ email: first.email, username: second.username });
      assert.equal(await storage.users.add({ user: both, passwordHash: 'x' }), 'email_taken');
    },
  },
  {
    name: 'users: of many concurrent registrations of one e-mail address exactly one is added',
    run: async ({ users }) => {
      const email = parseEmailAddress(`${newUser().username}@example.net`);
      const outcomes = await Promise.all(
        times(50).map(() => users.add({ user: newUser({ email }), passwordHash: 'x' })),
      );
      assert.deepEqual(outcomes.filter(outcome => outcome === 'added').length, 1);
      assert.deepEqual(outcomes.filter(outcome => outcome === 'email_taken').length, 49);
    },
  },
  {
    name: 'users: of many concurrent registrations of one username exactly one is added',
    run: async ({ users }) => {
      const { username } = newUser();
      const outcomes = await Promise.all(
        times(50).map(index => {
          const written = parseUsername(index % 2 === 0 ? username : username.toUpperCase());
          return users.add({ user: newUser({ username: written }), passwordHash: 'x' });
        }),
      );
      assert.deepEqual(outcomes.filter(outcome => outcome === 'added').length, 1);
      assert.deepEqual(outcomes.filter(outcome => outcome === 'username_taken').length, 49);
    },
  },
  {
    name: 'users: a password hash is replaced only while it is the one that was read',
    run: async storage => {
      const user = await addUser(storage);
      const hash = async () => (await storage.users.findAccount({ id: user.id }))?.passwordHash;
      await storage.users.replacePasswordHash(user.id, 'another', 'new');
      assert.equal(await hash(), '$hash$');
      await storage.users.replacePasswordHash(user.id, '$hash$', 'new');
      assert.equal(await hash(), 'new');
      await storage.users.replacePasswordHash(newId(), 'new', 'newer');
      assert.equal(await hash(), 'new');
    },
  },
];
