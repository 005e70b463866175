import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { expect, inject, it, onTestFinished, vi } from 'vitest';
import { postgres } from '../../../src/adapters/driven/postgres/index.js';
import type { Storage } from '../../../src/index.js';
import { openTradepost, somebody } from '../../support/library-users.js';
import { freshDatabase } from '../../support/stores/temporary-stores.js';

/** `TEST_KILLS=100` for the long form. */
const KILLS = Number(process.env.TEST_KILLS ?? 15);
/** A process is killed a few milliseconds after so many trades, at most: at another moment each time. */
const LONGEST_LIFE = { trades: 60, more: 10 };
/** Users that trade with the first one, each with a card of their own. */
const PARTNERS = 4;

/** Watchers read again every two seconds; a busy machine gets more. */
const PATIENT = { timeout: 20_000, interval: 1 };

// A trade is committed before other processes are notified of it, so a process that is killed in between notifies
// nobody. Watchers elsewhere find the trade without.
it(`${KILLS} processes are killed while they record trades; watchers elsewhere get every trade, once and in order`, {
  timeout: 60_000 + KILLS * 20_000,
}, async () => {
  const { url, drop } = await freshDatabase(inject('postgresUrl'), `killed_${randomBytes(6).toString('hex')}`);
  onTestFinished(drop);
  const observer = new pg.Pool({ connectionString: url, max: 1 });
  onTestFinished(() => observer.end());
  const { tradepost, storage } = await openTradepost(postgres({ url }));
  onTestFinished(() => tradepost.close());

  const ann = await somebody(tradepost);
  const people = [ann];
  const pairs: object[] = [];
  for (let each = 0; each < PARTNERS; each += 1) {
    const bob = await somebody(tradepost);
    const { id: cardId } = await tradepost.addCard({ token: ann.token, name: 'Ball' });
    const [one, other] = [ann, bob].map(({ id, username }) => ({ id, username, name: username }));
    people.push(bob);
    pairs.push({ cardId, one, other });
  }
  const userIds = people.map(({ id }) => id as Id);
  const received = new Map(userIds.map((id): [Id, string[]] => [id, []]));
  for (const { id, token } of people) {
    await tradepost.watchTrades({ token }, trade => void received.get(id as Id)?.push(trade.id));
  }

  const start = () => startWriter({ url, pairs });
  let next = start();
  const acknowledged: string[] = [];
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const writer = await next;
    // Started early, but it writes only after the watchers have all that the one before has written: its signals would
    // make up for those that were lost.
    next = kill < KILLS ? start() : next;
    const recorded = await writeUntilKilled(writer);
    expect(recorded.length).toBeGreaterThan(0);
    acknowledged.push(...recorded);
    // A statement of the process may still commit after its end.
    await vi.waitFor(async () => {
      const query = 'SELECT FROM pg_stat_activity WHERE application_name = $1';
      expect((await observer.query(query, [`writer ${writer.child.pid}`])).rowCount).toBe(0);
    }, PATIENT);
    await vi.waitFor(async () => {
      const latest = await storage.trades.latest(userIds);
      for (const id of userIds) expect(received.get(id)).toHaveLength(latest.get(id) ?? 0);
    }, PATIENT);
  }

  for (const id of userIds) expect(received.get(id)).toEqual(await readLog(storage, id));
  // A trade whose answer the process did not live to see is in the log, and not here.
  const all = new Set(received.get(ann.id as Id));
  expect(acknowledged.filter(id => !all.has(id))).toEqual([]);
});

type Id = Parameters<Storage['trades']['entriesAfter']>[0];

interface Writer {
  readonly child: ChildProcess;
  /** What it has written so far. */
  readonly lines: string[];
  readonly ended: Promise<unknown>;
}

async function startWriter(settings: object): Promise<Writer> {
  const program = fileURLToPath(new URL('writing-process.mjs', import.meta.url));
  const child = fork(program, [JSON.stringify(settings)], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines: string[] = [];
  createInterface({ input: child.stdout ?? process.stdin }).on('line', line => lines.push(line));
  const ended = once(child, 'close');
  await vi.waitFor(() => expect(lines).toEqual(['ready']), PATIENT);
  return { child, lines, ended };
}

/** Returns the ids of the trades that the process recorded. */
async function writeUntilKilled({ child, lines, ended }: Writer): Promise<string[]> {
  child.send('write');
  const trades = 1 + Math.random() * LONGEST_LIFE.trades;
  await vi.waitFor(() => expect(lines.length).toBeGreaterThan(trades), PATIENT);
  await pause(Math.random() * LONGEST_LIFE.more);
  child.kill('SIGKILL');
  await ended;
  expect(child.signalCode).toBe('SIGKILL');
  return lines.slice(1);
}

async function readLog({ trades }: Storage, id: Id): Promise<string[]> {
  const ids: string[] = [];
  for (let after = 0; ; after = ids.length) {
    const page = await trades.entriesAfter(id, after, 1000);
    if (page.length === 0) return ids;
    ids.push(...page.map(({ tradeId }) => tradeId));
  }
}
