import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Rows } from '../../src/testing/storage-conformance/archive-fixtures.js';
import { sortAll } from '../../src/testing/storage-conformance/archive-fixtures.js';
import { run, serveInProcess, start } from '../support/servers/processes.js';
import { connectorAt, fillAt, heldAt, liveRows } from '../support/stores/copying.js';
import { describeMongo } from '../support/stores/mongo-database.js';
import { temporaryStores } from '../support/stores/temporary-stores.js';

const stores = temporaryStores();
const ROWS = sortAll(liveRows(1100));
/** Copying and checking, five collections each. */
const EVERY_STEP = Array.from({ length: 10 }, (_, lines) => lines);
/** For a store that takes seconds to open. */
const SOME_STEPS = [0, 2, 6];

let source: string;
beforeAll(async () => {
  source = await stores.postgres();
  await fillAt(source, ROWS);
});

interface Copying {
  readonly child: ChildProcess;
  /** Resolves when it has reported that many collections, or has ended. */
  progressed(lines: number): Promise<void>;
  /** The exit status, null where a signal ended it, and its standard error. */
  readonly ended: Promise<{ status: number | null; stderr: string }>;
}

function copying(to: string): Copying {
  const child = start(['copy'], { COPY_FROM_URL: source, COPY_TO_URL: to });
  let stderr = '';
  const waiting = new Set<() => void>();
  child.stderr?.on('data', chunk => {
    stderr += chunk;
    for (const look of waiting) look();
  });
  const ended = once(child, 'close').then(([status]) => ({ status: status as number | null, stderr }));
  return {
    child,
    ended,
    progressed: lines =>
      new Promise(resolve => {
        const look = () => stderr.split('\n').length > lines && resolve();
        waiting.add(look);
        void ended.then(() => resolve());
        look();
      }),
  };
}

/** Returns what the store looks like. An incomplete store that can be opened fails the test. */
async function inspectCopy(to: string): Promise<'refused' | 'empty' | Rows> {
  const connector = await connectorAt(to);
  const { ok } = await connector.inspect();
  const opened = await connector.open().catch((error: unknown) => String(error));
  if (typeof opened === 'string') {
    expect([ok, opened]).toEqual([false, expect.stringContaining('A copy into this store has not finished')]);
    return 'refused';
  }
  expect(ok).toBe(true);
  await opened.close();
  const held = await heldAt(to);
  return held.users.length === 0 ? 'empty' : held;
}

/** Kills a copy at a random moment of each of these steps, then lets one finish. */
async function killAndRepeat(newStore: () => string | Promise<string>, steps: readonly number[]): Promise<void> {
  let to = await newStore();
  let refused = 0;
  for (const lines of steps) {
    const { child, progressed, ended } = copying(to);
    await progressed(lines);
    await pause(Math.random() * (lines === 0 ? 500 : 60));
    child.kill('SIGKILL');
    await ended;
    const state = await inspectCopy(to);
    if (state === 'refused') refused += 1;
    if (state === 'refused' && refused === 1) await expectRefusals(to);
    if (typeof state === 'string') continue;
    // It finished before it was killed. The next copy needs an empty store.
    expect(state).toEqual(ROWS);
    to = await newStore();
  }
  expect(refused).toBeGreaterThan(0);
  expect(await copying(to).ended).toMatchObject({ status: 0 });
  expect(await inspectCopy(to)).toEqual(ROWS);
  expect(await heldAt(source)).toEqual(ROWS);
}

/** Checks that the commands refuse the store and say what to do. */
async function expectRefusals(to: string): Promise<void> {
  const remedy = 'run the same `tradepost copy` or `tradepost seed` again';
  expect(await run(['doctor'], { DATABASE_URL: to })).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(new RegExp(`^problem {2}storage: .*${remedy}.*$`, 'm')),
  });
  await expect(serveInProcess({ DATABASE_URL: to })).rejects.toThrow(remedy);
}

describe('a copy that is killed at any moment leaves a store that cannot be opened, and can be repeated', () => {
  const limit = { timeout: 300_000 };
  it('into PostgreSQL', limit, () => killAndRepeat(() => stores.postgres(), EVERY_STEP));
  it('into an embedded database', limit, () => killAndRepeat(() => stores.embedded(), SOME_STEPS));
  describeMongo('and also', () => it('into MongoDB', limit, () => killAndRepeat(() => stores.mongo(), EVERY_STEP)));
});

describe('a copy that is interrupted', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('by %s exits with status 1 and says what to do', async signal => {
    const to = await stores.postgres();
    const { child, progressed, ended } = copying(to);
    await progressed(1);
    child.kill(signal);
    const { status, stderr } = await ended;
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: expect.stringContaining(`tradepost: stopped by ${signal}. Run the same command again to start over`),
    });
    expect(await inspectCopy(to)).toBe('refused');
    expect(await copying(to).ended).toMatchObject({ status: 0 });
    expect(await inspectCopy(to)).toEqual(ROWS);
  });
});
