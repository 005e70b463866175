import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memory } from '../../src/adapters/driven/memory/index.js';
import type { OperationName } from '../../src/adapters/driving/operations/index.js';
import type { Tradepost } from '../../src/index.js';
import { createTradepost } from '../../src/index.js';
import { cheapHashing } from '../support/cheap-hashing.js';
import { AdvancingClock } from '../support/clock.js';
import type { Driver, Refusal } from './driver.js';
import { httpDriver } from './drivers/http.js';
import { libraryDriver } from './drivers/library.js';
import { webSocketDriver } from './drivers/websocket.js';
import { World } from './world.js';

let tradepost: Tradepost;
let library: Driver;
const world = new World(new AdvancingClock());

beforeAll(async () => {
  tradepost = await createTradepost({ storage: memory(), hashing: cheapHashing, rateLimits: 'off' });
  library = libraryDriver(tradepost);
});
afterAll(() => tradepost.close());

describe.each([
  ['HTTP', httpDriver],
  ['WebSocket', webSocketDriver],
])('%s and the library', (_name, start) => {
  let remote: Driver;
  beforeAll(async () => {
    remote = await start(tradepost);
  });
  afterAll(() => remote.close());

  test('one session reads exactly the same', async () => {
    const { caller, user } = await world.member(remote);
    const other = await world.member(library);
    for (const name of ['Ace', 'King', 'Queen']) {
      const { id: cardId } = await library.call('cards.add', { name }, caller);
      await remote.call('trades.record', { cardId, recipient: { id: other.user.id } }, caller);
      await library.call('cards.add', { name, description: 'Kept' }, caller);
    }
    const reads: [OperationName, object][] = [
      ['users.me', {}],
      ['sessions.list', {}],
      ['cards.list', { limit: 2 }],
      ['trades.list', { limit: 2, direction: 'sent' }],
      ['trades.list', { direction: 'received' }],
    ];
    for (const [name, input] of reads) {
      expect(await remote.call(name, input, caller), name).toEqual(await library.call(name, input, caller));
    }
    expect((await library.call('users.me', {}, caller)).user).toEqual(user);
  });

  test('results have the same shape', async () => {
    expect(await shapesOf(remote)).toEqual(await shapesOf(library));
  });

  test('refusals have the same code and the same pointers', async () => {
    const { caller } = await world.member(library);
    const calls: [OperationName, unknown][] = [
      ['users.register', { email: 'x', username: '', name: null }],
      ['sessions.login', {}],
      ['sessions.login', { email: 'nobody@example.org', password: 'no such password' }],
      ['cards.add', { name: 5, description: [], more: {} }],
      ['trades.record', { cardId: '1', recipient: {} }],
      ['cards.list', { limit: 0, after: '' }],
      ['trades.list', { direction: 'up', sort: 'name' }],
      ['sessions.revoke', { id: '01890a5d-ac96-774b-bcce-b302099a8057' }],
      ['sessions.revoke', { id: 'x' }],
    ];
    for (const [name, input] of calls) {
      const [from, direct] = [
        await remote.call(name, input, caller).catch(refusalOf),
        await library.call(name, input, caller).catch(refusalOf),
      ];
      expect(from, JSON.stringify(input)).toEqual(direct);
      expect(direct).toMatchObject({ code: expect.any(String) });
    }
  });
});

test('the library takes a user agent and a key that are undefined for left out', async () => {
  const { password, ...person } = world.stranger();
  await tradepost.registerUser({ ...person, password });
  const { token, session } = await tradepost.login({ username: person.username, password, userAgent: undefined });
  expect(session.userAgent).toBeNull();
  const cards = [1, 2].map(() => tradepost.addCard({ token, name: 'Ace', idempotencyKey: undefined }));
  const [one, another] = await Promise.all(cards);
  expect(one?.id).not.toBe(another?.id);
});

const refusalOf = ({ code, errors }: Refusal) => ({ code, errors });

/** Runs the same calls through a driver; returns the keys and types of every answer. */
async function shapesOf(driver: Driver): Promise<unknown> {
  const person = world.stranger();
  const { email, password } = person;
  const registered = await driver.call('users.register', person);
  const login = await driver.call('sessions.login', { email, password, delivery: 'token' });
  const { caller } = await driver.login({ email, password });
  const { user: recipient } = await world.member(driver);
  const card = await driver.call('cards.add', { name: 'Ace' }, caller);
  const trade = await driver.call('trades.record', { cardId: card.id, recipient: { id: recipient.id } }, caller);
  const answers = {
    registered,
    // The user agent depends on the transport.
    login: { ...login, session: { ...login.session, userAgent: null } },
    card,
    trade,
    cards: await driver.call('cards.list', {}, caller),
    trades: await driver.call('trades.list', {}, caller),
    nothing: [
      await driver.call('sessions.revokeAll', { except: 'current' }, caller),
      await driver.call('sessions.logout', {}, caller),
    ],
  };
  return shapeOf(answers);
}

function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return value === null ? 'null' : typeof value;
  return Object.entries(value).map(([key, part]) => [key, shapeOf(part)]);
}
