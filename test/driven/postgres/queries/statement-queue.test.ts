import type { PoolClient } from 'pg';
import { expect, it } from 'vitest';
import type { Pending } from '../../../../src/adapters/driven/postgres/queries/pending.js';
import { StatementQueue } from '../../../../src/adapters/driven/postgres/queries/statement-queue.js';
import { type Statement, statement } from '../../../../src/adapters/driven/postgres/statement.js';

const nothing = (): void => undefined;
const turn = () => new Promise(resolve => setImmediate(resolve));
const first = ([one]: readonly [unknown]) => one;
const known = statement('known', 'known', first);
const unknown = statement('unknown', 'unknown', first);

/** A queue over connections that a test gives out, and what was run on them: a list for each group. */
function queueOver() {
  const claims: { readonly give: () => void; readonly refuse: (error: Error) => void }[] = [];
  const groups: unknown[][] = [];
  const ends: (() => void)[] = [];
  const queue = new StatementQueue(
    async work => {
      await new Promise<void>((give, refuse) => claims.push({ give, refuse }));
      await work({} as PoolClient);
    },
    {
      most: 3,
      canJoin: (_client, { statement: one }) => one === (known as Statement<unknown>),
      runAlone: async (_client, { values }) => {
        groups.push([...values]);
        await new Promise<void>(end => ends.push(end));
        if (values[0] === 'fails') throw new Error('failed');
        return [...values];
      },
      runTogether: async (_client, group: readonly Pending[]) => {
        groups.push(group.flatMap(({ values }) => [...values]));
        await new Promise<void>(end => ends.push(end));
        for (const { values, resolve } of group) resolve([...values]);
      },
    },
  );
  const run = (value: string, one = known) => queue.run(one, [value]);
  const give = async () => {
    claims.shift()?.give();
    await turn();
  };
  return { queue, claims, groups, ends, run, give };
}

it('those that came in one turn of the event loop go together, as many as may', async () => {
  const { queue, claims, groups, ends, run, give } = queueOver();
  const results = Promise.all(['a', 'b', 'c', 'd'].map(value => run(value)));
  expect([claims.length, queue.waitingCount]).toEqual([0, 4]);
  await turn();
  expect(claims).toHaveLength(1);
  await give();
  expect([groups, claims.length, queue.waitingCount]).toEqual([[['a', 'b', 'c']], 1, 1]);
  await give();
  expect([groups, claims.length]).toEqual([[['a', 'b', 'c'], ['d']], 0]);
  for (const end of ends) end();
  expect(await results).toEqual([['a'], ['b'], ['c'], ['d']]);
});

it('those that came while a connection was waited for go with the first', async () => {
  const { groups, ends, run, give } = queueOver();
  const one = run('one');
  await turn();
  const two = run('two');
  await turn();
  await give();
  expect(groups).toEqual([['one', 'two']]);
  for (const end of ends) end();
  expect(await Promise.all([one, two])).toEqual([['one'], ['two']]);
});

it('one that cannot go with others goes alone, in its order', async () => {
  const { groups, run, give } = queueOver();
  for (const [value, one] of [
    ['a', known],
    ['b', known],
    ['c', unknown],
    ['d', known],
  ] as const)
    void run(value, one);
  await turn();
  for (let count = 0; count < 3; count += 1) await give();
  expect(groups).toEqual([['a', 'b'], ['c'], ['d']]);
});

it('all that wait are refused where there is no connection, and later ones ask again', async () => {
  const { queue, claims, groups, ends, run, give } = queueOver();
  const refused = Promise.allSettled([run('a'), run('b')]);
  await turn();
  claims.shift()?.refuse(new Error('no connection'));
  const error = new Error('no connection');
  expect(await refused).toEqual([
    { status: 'rejected', reason: error },
    { status: 'rejected', reason: error },
  ]);
  expect(queue.waitingCount).toBe(0);
  const later = run('c');
  await turn();
  await give();
  expect(groups).toEqual([['c']]);
  for (const end of ends) end();
  expect(await later).toEqual(['c']);
});

it('a failure of one that runs is its own', async () => {
  const { ends, run, give } = queueOver();
  const failing = run('fails', unknown);
  failing.catch(nothing);
  await turn();
  const other = run('other', unknown);
  await give();
  await give();
  for (const end of ends) end();
  await expect(failing).rejects.toThrow('failed');
  expect(await other).toEqual(['other']);
});
