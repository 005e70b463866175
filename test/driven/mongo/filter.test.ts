import { Binary, MongoClient, ObjectId } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { Access, matchStage } from '../../../src/adapters/driven/mongo/access.js';
import type { Scalar } from '../../../src/adapters/driven/mongo/filter.js';
import { above, equals, oneOf, scalars, where } from '../../../src/adapters/driven/mongo/filter.js';
import { mongo } from '../../../src/adapters/driven/mongo/index.js';
import { bytes, date, uuid } from '../../../src/adapters/driven/mongo/types.js';
import { addUser, boundsAt, NOW, proposal } from '../../../src/testing/storage-conformance/fixtures.js';
import { describeMongo } from '../../setup/mongo-database.js';

const HOSTILE: readonly unknown[] = [
  { $gt: '' },
  { $ne: null },
  { $where: 'sleep(1000)' },
  { _bsontype: 'Binary', sub_type: 4, buffer: new Uint8Array(16) },
  ['a', 'b'],
  undefined,
  () => 'a',
  Symbol('a'),
  10n,
  Number.NaN,
  new Date('no date'),
  /^a/,
  new Map(),
];

describe('a value for the database', () => {
  it.each(HOSTILE.map(value => [value]))('is refused unless it is a scalar: %o', value => {
    const scalar = value as Scalar;
    expect(() => equals(scalar)).toThrow(TypeError);
    expect(() => above(scalar)).toThrow(TypeError);
    expect(() => oneOf(['a', scalar])).toThrow(TypeError);
    if (!Array.isArray(value)) expect(() => oneOf(value as never)).toThrow(TypeError);
    expect(() => scalars({ email: 'a', name: value })).toThrow(TypeError);
    // As a whole condition, without a function that checks it.
    expect(() => where('users', { email: value as never })).toThrow(TypeError);
    expect(() => matchStage(value as never)).toThrow(TypeError);
  });

  it.each(['', 'text', 0, -1.5, true, null, new Date(0), new Binary(Buffer.alloc(16), 4), new ObjectId()])(
    'is accepted if it is a scalar: %o',
    value => {
      expect(matchStage(where('users', { email: equals(value) }))).toEqual({ $match: { email: { $eq: value } } });
      expect(scalars({ value })).toEqual({ value });
    },
  );

  it.each(HOSTILE.map(value => [value]))('is refused as an id, a timestamp or a digest: %o', value => {
    for (const convert of [uuid, date, bytes]) expect(() => convert(value as never)).toThrow();
  });
});

describe('the access layer', () => {
  const access = new Access(new MongoClient('mongodb://127.0.0.1:1').db('none'));
  const operator = { $gt: '' } as never;

  it('refuses raw filters and raw values', async () => {
    const filter = { query: {}, collection: 'users' } as never;
    await expect(access.find(filter)).rejects.toThrow(TypeError);
    await expect(access.remove(filter)).rejects.toThrow(TypeError);
    await expect(access.update(filter, { set: { name: 'x' } })).rejects.toThrow(TypeError);
    await expect(access.findAndUpdate(filter, { set: { name: 'x' } })).rejects.toThrow(TypeError);
    await expect(access.aggregate(filter, { list: [] })).rejects.toThrow(TypeError);
    const all = where('users', {});
    await expect(access.update(all, { set: { passwordHash: operator } })).rejects.toThrow(TypeError);
    await expect(access.findAndUpdate(all, { set: { name: operator } })).rejects.toThrow(TypeError);
    await expect(access.insert('locks', { _id: 'x', holder: operator, beat: 0 })).rejects.toThrow(TypeError);
  });
});

describeMongo('the ports of the MongoDB adapter', ({ url, database }) => {
  it('refuse an operator in place of a value', async () => {
    const storage = await mongo({ url, database }).open();
    const user = await addUser(storage);
    const any = { $gt: '' } as never;
    const { users, sessions, cards, trades } = storage;
    const calls = [
      () => users.findAccount({ email: any }),
      () => users.findAccount({ username: any }),
      () => users.findAccount({ id: any }),
      () => users.replacePasswordHash(user.id, any, 'new'),
      () => users.replacePasswordHash(user.id, '$hash$', any),
      () => sessions.use(any, boundsAt(0), NOW),
      () => sessions.remove(user.id, any),
      () => sessions.removeAll(any, null),
      () => cards.list(any, { before: null, limit: 10 }),
      () => trades.page(any, { direction: 'all', before: null, limit: 10 }),
      () => trades.page(user.id, { direction: 'all', before: any, limit: 10 }),
      () => trades.entriesAfter(user.id, any, 10),
      () => trades.record(proposal(user, { id: any }, { email: any }), null),
    ];
    for (const call of calls) await expect((async () => call())(), String(call)).rejects.toThrow(TypeError);
    expect((await users.findAccount({ id: user.id }))?.passwordHash).toBe('$hash$');
    await storage.close();
  });
});
