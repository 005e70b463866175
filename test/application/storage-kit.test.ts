import { describe, expect, it } from 'vitest';
import type { SchemaState, VersionedSchema } from '../../src/application/storage-kit/index.js';
import {
  Broadcast,
  explainFailure,
  inBatches,
  openConnection,
  reasonOf,
  removeInBatches,
  SchemaPolicy,
  schemaStateOf,
  withConnection,
} from '../../src/application/storage-kit/index.js';
import { StorageUnavailable, UnsupportedDeployment } from '../../src/index.js';

/** A schema with two migrations, and a record of what the policy does with it. */
function schemaWith(names: readonly string[], more: Partial<VersionedSchema> = {}) {
  const calls: string[] = [];
  const state = schemaStateOf(names, [{ name: '1' }, { name: '2' }], name => name === 'copy');
  const policy = new SchemaPolicy({
    name: 'schema test',
    absence: 'the database has no schema test',
    state: async () => state,
    migrate: async () => {
      calls.push('migrate');
      return { applied: state.pending, current: '2' };
    },
    ...more,
  });
  return { policy, calls };
}

const UNREADABLE = new Error('connection lost', { cause: new Error('ECONNRESET') });
const DEPLOYMENT = async () => {
  throw new UnsupportedDeployment('This server has no transactions.');
};

describe('the policy for schemas', () => {
  it('reads a state from the names of migrations and the mark of a copy among them', () => {
    const state: SchemaState = schemaStateOf(['1', 'copy'], [{ name: '1' }, { name: '2' }], name => name === 'copy');
    expect(state).toEqual({ applied: ['1'], newer: [], pending: ['2'], isCopying: true });
    const later = schemaStateOf(['0', '1', '2', '3', 'copy'], [{ name: '1' }, { name: '2' }], name => name === 'copy');
    expect(later).toMatchObject({ newer: ['3'], pending: [], isCopying: true });
  });

  it.each([
    ['without a schema', [], ['migrate'], null],
    ['that is up to date', ['1', '2'], [], null],
    ['with an older schema', ['1'], [], 'schema_outdated'],
    ['with a newer schema', ['1', '2', '3'], [], 'schema_newer'],
    ['with a newer schema that lacks a migration', ['1', '3'], [], 'schema_newer'],
    ['with an unfinished copy', ['1', '2', 'copy'], [], 'unfinished_copy'],
  ] as const)('opens a database %s: %j migrates %j, error %s', async (_what, names, migrated, code) => {
    const { policy, calls } = schemaWith(names);
    const opening = policy.prepare();
    if (code === null) await opening;
    else await expect(opening).rejects.toMatchObject({ code });
    expect(calls).toEqual(migrated);
  });

  it.each([
    ['without a schema', [], ['migrate'], null],
    ['with an unfinished copy', ['1', '2', 'copy'], [], null],
    ['with an older schema', ['1'], [], 'schema_outdated'],
    ['with a newer schema', ['1', '2', '3'], [], 'schema_newer'],
  ] as const)('copies into a database %s', async (_what, names, migrated, code) => {
    const { policy, calls } = schemaWith(names);
    const preparing = policy.prepareForCopy();
    if (code === null) await preparing;
    else await expect(preparing).rejects.toMatchObject({ code });
    expect(calls).toEqual(migrated);
  });

  it.each([
    ['without a schema', [], 'nothing_to_copy'],
    ['with an older schema', ['1'], 'schema_outdated'],
    ['with a newer schema', ['1', '2', '3'], 'schema_newer'],
    ['with an unfinished copy', ['1', '2', 'copy'], 'unfinished_copy'],
  ] as const)('refuses to copy from a database %s, and changes nothing', async (_what, names, code) => {
    const { policy, calls } = schemaWith(names);
    await expect(policy.refuseUnreadable()).rejects.toMatchObject({ code });
    expect(calls).toEqual([]);
    await schemaWith(['1', '2']).policy.refuseUnreadable();
  });

  it.each([
    [[], true, 'the database has no schema test yet; the first start, or `tradepost migrate`, sets it up'],
    [['1', '2'], true, 'schema test is up to date (2)'],
    [['1'], false, 'The database lacks the migrations 2. Run `tradepost migrate` to apply them.'],
    [
      ['1', '2', '3'],
      false,
      expect.stringMatching(/^The database has the migrations 3, which this version does not know/),
    ],
    [['1', '2', 'copy'], false, expect.stringMatching(/^A copy into this store has not finished/)],
  ] as const)('reports the health of a database with %j', async (names, ok, detail) => {
    const { policy, calls } = schemaWith(names);
    expect(await policy.health()).toEqual({ ok, detail });
    expect(calls).toEqual([]);
  });

  it('refuses tables without a migration of Tradepost, whatever is to be done with them', async () => {
    const state = async () => schemaStateOf(['other'], [{ name: '1' }], () => false, ['orders', 'users']);
    const { policy, calls } = schemaWith([], { state });
    const refused = { code: 'schema_foreign', found: ['orders', 'users'] };
    const works = [
      () => policy.prepare(),
      () => policy.prepareForCopy(),
      () => policy.migrate(),
      () => policy.refuseUnreadable(),
    ];
    for (const work of works) {
      await expect(work()).rejects.toMatchObject(refused);
    }
    const detail = expect.stringMatching(/^The schema test already holds orders, users, and no migration/);
    expect(await policy.health()).toEqual({ ok: false, detail });
    expect(calls).toEqual([]);
    expect(schemaStateOf(['1'], [{ name: '1' }], () => false, ['users'])).not.toHaveProperty('foreign');
  });

  it.each([
    [3_600_000, /^the clock of this machine is 3600 s behind the one of the database: .* Set both by NTP/],
    [-60_000, /^the clock of this machine is 60 s ahead of the one of the database/],
    [4_000, null],
    [-4_000, null],
  ])('warns of a database whose clock is %i ms ahead: %s', async (ahead, warning) => {
    const { policy } = schemaWith(['1', '2'], { clock: async () => Date.now() + ahead });
    const expected = warning === null ? [] : [expect.stringMatching(warning)];
    expect(await policy.warnings()).toEqual(expected);
    expect((await policy.health()).warnings ?? []).toEqual(expected);
    expect(await policy.healthWhileOpen()).not.toHaveProperty('warnings');
  });

  it('does not take a slow answer for a clock that differs', async () => {
    const clock = () => new Promise<number>(resolve => setTimeout(() => resolve(Date.now()), 20));
    expect(await schemaWith(['1', '2'], { clock }).policy.warnings()).toEqual([]);
  });

  it('migrates on request, whatever there is', async () => {
    const { policy, calls } = schemaWith(['1']);
    expect(await policy.migrate()).toEqual({ applied: ['2'], current: '2' });
    expect(calls).toEqual(['migrate']);
  });

  it('refuses to migrate a newer schema, and lets a server that has it open go on', async () => {
    const { policy, calls } = schemaWith(['1', '2', '3']);
    await expect(policy.migrate()).rejects.toMatchObject({ code: 'schema_newer', unknown: ['3'] });
    expect(await policy.healthWhileOpen()).toMatchObject({ ok: true });
    expect(await schemaWith(['1']).policy.healthWhileOpen()).toMatchObject({ ok: false });
    expect(calls).toEqual([]);
  });

  it('reports a database that cannot be read', async () => {
    const { policy } = schemaWith([], { state: () => Promise.reject(UNREADABLE) });
    expect(await policy.health()).toEqual({ ok: false, detail: 'connection lost (ECONNRESET)' });
  });

  it('refuses a server that cannot do what is needed before anything else', async () => {
    const { policy, calls } = schemaWith([], { checkDeployment: DEPLOYMENT });
    const refused = { code: 'unsupported_deployment' };
    await expect(policy.prepare()).rejects.toMatchObject(refused);
    await expect(policy.prepareForCopy()).rejects.toMatchObject(refused);
    await expect(policy.migrate()).rejects.toMatchObject(refused);
    expect(await policy.health()).toEqual({ ok: false, detail: 'This server has no transactions.' });
    expect(calls).toEqual([]);
  });
});

describe('the reason of an error', () => {
  const refusedTwice = new AggregateError([new Error('connect ECONNREFUSED ::1'), new Error('ECONNREFUSED 127.0.0.1')]);
  it.each([
    [new Error('no'), 'no'],
    ['text', 'text'],
    [undefined, 'undefined'],
    [new Error('outer', { cause: new Error('inner', { cause: new Error('innermost') }) }), 'outer (inner (innermost))'],
    [new Error('connect ECONNREFUSED', { cause: new Error('ECONNREFUSED') }), 'connect ECONNREFUSED'],
    [new Error('no server', { cause: { servers: [] } }), 'no server'],
    [refusedTwice, 'connect ECONNREFUSED ::1, ECONNREFUSED 127.0.0.1'],
    [new AggregateError([new Error('one')], 'all failed'), 'all failed'],
    [
      new StorageUnavailable({ cause: refusedTwice }),
      'The storage does not respond. Try again in a moment. (connect ECONNREFUSED ::1, ECONNREFUSED 127.0.0.1)',
    ],
  ])('%s is %j', (error, reason) => expect(reasonOf(error)).toBe(reason));

  const url = 'postgres://ann:can4ry@db/x';
  it.each([
    ['text', `no ${url}`, 'no postgres://…@db/x'],
    ['an error', new Error(`no ${url}`), 'no postgres://…@db/x'],
    ['a cause', new Error('no', { cause: new Error(`invalid value "can4ry"`) }), 'no (invalid value "…")'],
    ['a part of an aggregate', new AggregateError([new Error(`no ${url}`)]), 'no postgres://…@db/x'],
  ])('repeats no values of %s', (_what, error, reason) => expect(reasonOf(error)).toBe(reason));
});

describe('a connection', () => {
  const connections = () => {
    const events: string[] = [];
    const connect = async () => {
      events.push('connect');
      return { close: async () => void events.push('close') };
    };
    return { events, connect };
  };

  it('is closed after its work, also where that fails', async () => {
    const { events, connect } = connections();
    expect(await withConnection(connect, async () => 'done')).toBe('done');
    await expect(withConnection(connect, () => Promise.reject(UNREADABLE))).rejects.toBe(UNREADABLE);
    expect(events).toEqual(['connect', 'close', 'connect', 'close']);
  });

  it('is kept by what is opened on it, and closed where opening fails', async () => {
    const { events, connect } = connections();
    expect(await openConnection(connect, async () => 'open')).toBe('open');
    expect(events).toEqual(['connect']);
    await expect(openConnection(connect, () => Promise.reject(UNREADABLE))).rejects.toBe(UNREADABLE);
    expect(events).toEqual(['connect', 'connect', 'close']);
  });
});

describe('batches', () => {
  it('have 1,000 items at most, each once and in order', async () => {
    const items = Array.from({ length: 2001 }, (_, index) => index);
    const batches: number[][] = [];
    await inBatches(items, async batch => void batches.push(batch));
    expect(batches.map(({ length }) => length)).toEqual([1000, 1000, 1]);
    expect(batches.flat()).toEqual(items);
  });

  it('of deletions go on until one is not full, and end after a hundred', async () => {
    let left = 2500;
    const remove = async (limit: number) => {
      const removed = Math.min(limit, left);
      left -= removed;
      return removed;
    };
    expect([await removeInBatches(remove), left]).toEqual([2500, 0]);
    expect(await removeInBatches(async limit => limit)).toBe(100_000);
  });

  it('are none without items, and are never empty', async () => {
    const sizes: number[] = [];
    const count = async (batch: unknown[]) => void sizes.push(batch.length);
    await inBatches([], count);
    await inBatches(Array.from({ length: 2000 }), count);
    expect(sizes).toEqual([1000, 1000]);
  });

  it('of deletions are not repeated after one that is not full', async () => {
    const removed = [1000, 999, 0];
    const remove = async () => removed.shift() ?? 0;
    expect([await removeInBatches(remove), removed]).toEqual([1999, [0]]);
  });
});

describe('a broadcast', () => {
  it('does not call a listener that has left since the signal was published', async () => {
    const broadcast = new Broadcast();
    const seen: string[] = [];
    const leave = broadcast.subscribe(({ kind }) => void seen.push(kind));
    const published = broadcast.publish({ kind: 'missed' });
    leave();
    await published;
    expect(seen).toEqual([]);
  });
});

it.each([
  [{ code: 'ECONNREFUSED' }, 'it failed. Start the database, or correct host and port of DATABASE_URL.'],
  [
    { code: '28P01' },
    'it failed. Correct user and password of DATABASE_URL, or give the role access to this database.',
  ],
  [{ code: 18 }, 'it failed. Correct user and password of DATABASE_URL, or give the role access to this database.'],
  [{ code: 'SELF_SIGNED_CERT_IN_CHAIN' }, expect.stringContaining('(NODE_EXTRA_CA_CERTS).')],
  [{ code: 'E_OTHER' }, 'it failed'],
])('the failure %j is explained as %s', (fields, text) => {
  const failure = Object.assign(new Error('it failed'), fields);
  expect(explainFailure(failure)).toEqual(text);
  const deep = new AggregateError([new Error('first'), failure], 'both failed.');
  const remedy = explainFailure(failure).slice('it failed'.length);
  expect(explainFailure(deep)).toBe(remedy === '' ? 'both failed.' : `both failed${remedy}`);
});
