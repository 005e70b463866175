import type { ChildProcess } from 'node:child_process';
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** `LOCK_ROUNDS=5000` is the long form. */
const ROUNDS = Number(process.env.LOCK_ROUNDS ?? 200);

const root = mkdtempSync(join(tmpdir(), 'tradepost-lock-'));
const LOCK = resolve('dist/adapters/driven/embedded/directory-lock.js');

class Starter {
  private readonly child: ChildProcess = fork('test/driven/embedded/starter.mjs', [LOCK]);

  async next(): Promise<string> {
    const [{ done }] = (await once(this.child, 'message')) as [{ done: string }];
    return done;
  }

  /** Resolves with `held`, or with the code of the refusal. */
  acquire(directory: string, slow: boolean): Promise<string> {
    const done = this.next();
    this.child.send({ acquire: directory, slow });
    return done;
  }

  release(): Promise<string> {
    const done = this.next();
    this.child.send({});
    return done;
  }

  async kill(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }
}

const start = async (count: number): Promise<Starter[]> => {
  const starters = Array.from({ length: count }, () => new Starter());
  for (const ready of await Promise.all(starters.map(starter => starter.next()))) expect(ready).toBe('ready');
  return starters;
};

let starters: Starter[];
let ended: number;
beforeAll(async () => {
  starters = await start(3);
  ended = spawnSync(process.execPath, ['-e', '']).pid;
});
afterAll(async () => {
  await Promise.all(starters.map(starter => starter.kill()));
  rmSync(root, { recursive: true });
});

const lockOf = (pid: number, nonce: string) => JSON.stringify({ pid, host: hostname(), startedAt: '1', nonce });

/** What earlier processes left in the folder, by file. */
const LEFT: readonly Readonly<Record<string, () => string>>[] = [
  {},
  { 'tradepost.lock': () => lockOf(ended, 'one') },
  // The number of the process belongs to another process by now.
  { 'tradepost.lock': () => lockOf(process.pid, 'one') },
  // A process was killed while it replaced the lock of another, which had been killed too.
  {
    'tradepost.lock': () => lockOf(ended, 'one'),
    'tradepost.lock.one': () => lockOf(ended, 'two'),
    'tradepost.lock.two': () => lockOf(ended, 'three'),
  },
  { 'tradepost.lock': () => '' },
];

describe(`the lock of a data folder, ${ROUNDS} rounds with 3 processes that start at once`, () => {
  it('never has two holders, and always one', { timeout: 60_000 + ROUNDS * 200 }, async () => {
    const counts = { rounds: 0, 'no holder': 0, 'one holder': 0, 'several holders': 0 };
    for (let round = 0; round < ROUNDS; round += 1) {
      const directory = join(root, String(round));
      mkdirSync(directory);
      const left = Object.entries(LEFT[round % LEFT.length] ?? {});
      for (const [name, content] of left) writeFileSync(join(directory, name), content());

      // Every other round of each kind is slow.
      const slow = Math.floor(round / LEFT.length) % 2 === 1;
      const outcomes = await Promise.all(starters.map(starter => starter.acquire(directory, slow)));
      for (const outcome of outcomes) expect(['held', 'store_in_use']).toContain(outcome);
      const holders = outcomes.filter(outcome => outcome === 'held').length;
      counts.rounds += 1;
      counts[holders === 0 ? 'no holder' : holders === 1 ? 'one holder' : 'several holders'] += 1;

      await Promise.all(starters.map(starter => starter.release()));
      if (holders === 1) expect(readdirSync(directory)).toEqual([]);
      rmSync(directory, { recursive: true });
    }
    if (ROUNDS > 200) console.log(counts);
    expect(counts).toEqual({ rounds: ROUNDS, 'no holder': 0, 'one holder': ROUNDS, 'several holders': 0 });
  });
});

describe('the lock of a data folder, when processes are killed while they acquire it', () => {
  it('is acquired by one of the next processes, which removes what the killed ones left', async () => {
    for (let round = 0; round < 10; round += 1) {
      const directory = join(root, `killed-${round}`);
      mkdirSync(directory);
      writeFileSync(join(directory, 'tradepost.lock'), lockOf(ended, 'one'));
      const victims = await start(2);
      const attempts = Promise.allSettled(victims.map(victim => victim.acquire(directory, true)));
      await new Promise(resolve => setTimeout(resolve, round * 2));
      await Promise.all(victims.map(victim => victim.kill()));
      void attempts;
      // Files that are still being written are kept for a while. Some time later:
      for (const name of readdirSync(directory)) utimesSync(join(directory, name), 1, 1);

      const outcomes = await Promise.all(starters.map(starter => starter.acquire(directory, true)));
      expect(outcomes.sort()).toEqual(['held', 'store_in_use', 'store_in_use']);
      expect(readdirSync(directory)).toEqual(['tradepost.lock']);
      expect(JSON.parse(readFileSync(join(directory, 'tradepost.lock'), 'utf8'))).toMatchObject({ host: hostname() });
      await Promise.all(starters.map(starter => starter.release()));
    }
  });
});
