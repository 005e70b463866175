import { expect } from 'vitest';
import { z } from 'zod';
import type { OperationName } from '../../../src/adapters/driving/operations/index.js';
import { operations } from '../../../src/adapters/driving/operations/index.js';
import type { Driver, Refusal } from '../driver.js';
import type { Scenario } from '../scenario.js';
import type { World } from '../world.js';
import { refused } from '../world.js';
import { addCards } from './cards.js';
import { validInput } from './valid-input.js';

/** Values that are not text, some of which a document database would treat as a query. */
const NOT_TEXT = [null, 0, 2 ** 53, true, [], ['text'], {}, { $gt: '' }, { $ne: null }];
/** Text that stores cannot keep unchanged. */
const UNSTORABLE = ['nul \0 in it', 'high \ud83c alone', 'low \udccf alone', '\udccf\ud83c'];

const FIELDS = ['email', 'username', 'name', 'password'] as const;

const register = (driver: Driver, world: World, given: object) =>
  driver.call('users.register', { ...world.stranger(), ...given });

interface Place {
  readonly name: OperationName;
  readonly key: string;
}

/** Returns every key of an operation's input, from the table. */
const placesOf = (name: OperationName): Place[] =>
  Object.keys(z.toJSONSchema(operations[name].input, { io: 'input' }).properties ?? {}).map(key => ({ name, key }));

/** Returns valid input without the alternatives to `key`. */
function withoutRivals(name: OperationName, key: string, world: World): object {
  const valid: Record<string, unknown> = { ...validInput(name, world) };
  if (name === 'sessions.login' && key === 'username') delete valid.email;
  if (name === 'sessions.login' && key === 'email') delete valid.username;
  return valid;
}

export const input: readonly Scenario[] = [
  {
    name: 'unknown keys are refused by every operation, including those with a meaning in JavaScript',
    async run(driver, world) {
      const { caller } = await world.member(driver);
      for (const name of Object.keys(operations) as OperationName[]) {
        for (const key of ['surprise', 'constructor', 'prototype', 'toString', '__proto__']) {
          const surprising = Object.fromEntries([...Object.entries(validInput(name, world)), [key, 'x']]);
          await refused(driver.call(name, surprising, caller), 'validation_failed', `/${key}`);
        }
      }
      expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    },
  },
  {
    name: 'unknown keys are refused inside the recipient too',
    async run(driver, world) {
      const { caller } = await world.member(driver);
      const recipient = Object.fromEntries([
        ['username', 'somebody'],
        ['__proto__', 'x'],
        ['a/b~c', 'x'],
      ]);
      const call = driver.call('trades.record', { ...validInput('trades.record', world), recipient }, caller);
      await refused(call, 'validation_failed', '/recipient/__proto__', '/recipient/a~1b~0c');
    },
  },
  {
    name: 'input that is not an object is refused',
    async run(driver) {
      for (const name of ['users.register', 'sessions.login'] as const) {
        for (const rubbish of [null, [], [{}], 'text', 5, true]) {
          await refused(driver.call(name, rubbish), 'validation_failed', '');
        }
      }
    },
  },
  {
    name: 'an account needs all of its fields, and every one that is missing is named',
    async run(driver, world) {
      await refused(driver.call('users.register', {}), 'validation_failed', ...FIELDS.map(field => `/${field}`));
      for (const field of FIELDS) {
        const { [field]: _left, ...rest } = world.stranger();
        await refused(driver.call('users.register', rest), 'validation_failed', `/${field}`);
      }
    },
  },
  {
    name: 'fields of an account are text that can be stored',
    async run(driver, world) {
      for (const field of FIELDS) {
        for (const rubbish of [...NOT_TEXT, ...UNSTORABLE]) {
          await refused(register(driver, world, { [field]: rubbish }), 'validation_failed', `/${field}`);
        }
      }
    },
  },
  {
    name: 'a login accepts only text, and nothing that looks like a query',
    async run(driver, world) {
      const { email, username, password } = await world.member(driver);
      for (const rubbish of [...NOT_TEXT, ...UNSTORABLE]) {
        await refused(driver.login({ email: rubbish, password }), 'validation_failed', '/email');
        await refused(driver.login({ username: rubbish, password }), 'validation_failed', '/username');
        await refused(driver.login({ email, password: rubbish }), 'validation_failed', '/password');
      }
      await driver.login({ username, password });
    },
  },
  {
    name: 'fields of a card are text that can be stored',
    async run(driver, world) {
      const { caller } = await world.member(driver);
      for (const rubbish of [...NOT_TEXT, ...UNSTORABLE]) {
        await refused(driver.call('cards.add', { name: rubbish }, caller), 'validation_failed', '/name');
        const described = driver.call('cards.add', { name: 'Card', description: rubbish }, caller);
        await refused(described, 'validation_failed', '/description');
      }
      expect((await driver.call('cards.list', {}, caller)).items).toEqual([]);
    },
  },
  {
    name: 'ids are UUIDs, and text',
    async run(driver, world) {
      const { caller } = await world.member(driver);
      const recipient = { username: 'somebody' };
      const texts = ['', '1', '1e3', '-0', 'x'.repeat(36), '01890a5d-ac96-774b-bcce-b302099a805', `' OR 1=1 --`];
      for (const cardId of [...NOT_TEXT, ...UNSTORABLE, ...texts]) {
        await refused(driver.call('trades.record', { cardId, recipient }, caller), 'validation_failed', '/cardId');
        const named = { ...validInput('trades.record', world), recipient: { id: cardId } };
        await refused(driver.call('trades.record', named, caller), 'validation_failed', '/recipient/id');
      }
      for (const id of texts.filter(text => text !== '')) {
        await refused(driver.call('sessions.revoke', { id }, caller), 'validation_failed', '/id');
      }
    },
  },
  {
    name: 'a query in place of any value is refused by every operation',
    async run(driver, world) {
      const { caller } = await world.member(driver);
      const places = (Object.keys(operations) as OperationName[]).flatMap(name => placesOf(name));
      expect(places.length).toBeGreaterThan(15);
      for (const { name, key } of places) {
        for (const query of [{ $gt: '' }, { $ne: null }, { $where: 'true' }]) {
          const call = driver.call(name, { ...withoutRivals(name, key, world), [key]: query }, caller);
          const refusal = await call.then(
            () => ({ code: 'taken', errors: [] }),
            (error: Refusal) => error,
          );
          expect(refusal.code, `${name} ${key}`).toBe('validation_failed');
          const pointers = refusal.errors?.map(({ pointer }) => pointer) ?? [];
          expect(pointers.length, `${name} ${key}`).toBeGreaterThan(0);
          for (const pointer of pointers) expect(pointer).toMatch(new RegExp(`^/${key}(?:$|/)`));
        }
      }
    },
  },
  {
    name: 'a recipient is an object',
    async run(driver, world) {
      const { caller } = await world.member(driver);
      for (const recipient of [null, 'somebody', 5, [], [{ username: 'somebody' }]]) {
        const call = driver.call('trades.record', { ...validInput('trades.record', world), recipient }, caller);
        await refused(call, 'validation_failed', '/recipient');
      }
    },
  },
  {
    name: 'pages have 1 to 100 items',
    async run(driver, world) {
      const { caller } = await world.member(driver);
      for (const name of ['cards.list', 'trades.list'] as const) {
        for (const limit of [0, 101, -1, 1.5, 1e21]) {
          await refused(driver.call(name, { limit }, caller), 'validation_failed', '/limit');
        }
        for (const limit of [1, 100]) expect((await driver.call(name, { limit }, caller)).items).toEqual([]);
      }
    },
  },
  {
    name: 'a list accepts its own cursors, and no others',
    async run(driver, world) {
      const [one, another] = [await world.member(driver), await world.member(driver)];
      const [cardId] = await addCards(driver, one.caller, '1', '2', '3');
      await driver.call('trades.record', { cardId, recipient: { id: another.user.id } }, one.caller);
      const ofCards = (await driver.call('cards.list', { limit: 1 }, one.caller)).next;
      const ofTrades = (await driver.call('trades.list', {}, one.caller)).latest;
      expect(ofCards).not.toBeNull();
      const wrong = [
        '',
        '0',
        '1',
        't',
        'c',
        't-1',
        'c1',
        'x1',
        'T1',
        'tzzzzzzzzzzz',
        't1 ',
        ' ',
        'x'.repeat(64),
        'x'.repeat(65),
        cardId,
      ];
      for (const after of [...wrong, ofTrades]) {
        await refused(driver.call('cards.list', { after }, one.caller), 'validation_failed', '/after');
      }
      for (const after of [...wrong, ofCards]) {
        await refused(driver.call('trades.list', { after }, one.caller), 'validation_failed', '/after');
      }
    },
  },
  {
    name: 'trades are listed in one of three directions',
    async run(driver, world) {
      const { caller } = await world.member(driver);
      for (const direction of ['', 'SENT', 'both', 'sent,received']) {
        await refused(driver.call('trades.list', { direction }, caller), 'validation_failed', '/direction');
      }
    },
  },
  {
    name: 'input that is not valid is refused before the caller is authenticated',
    async run(driver) {
      await refused(driver.call('cards.add', { name: '' }), 'validation_failed', '/name');
    },
  },
];
