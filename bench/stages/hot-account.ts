import type { Bench, StageResult } from '../bench.js';
import { built } from '../built.js';
import { processCpu } from '../cpu.js';
import { addEntries } from '../database/entries.js';
import { addPairs } from '../database/pairs.js';
import { addPeople, type Person } from '../database/people.js';
import { type Postgres, startBenchPostgres } from '../database/postgres.js';
import { LoadGenerator } from '../load/generator.js';
import { ascending, quantile, round } from '../measure.js';
import { progress } from '../progress.js';
import { table } from '../report/table.js';
import { alternate, type Measured, rowColumns, summarise } from '../rounds.js';
import { type Ending, stage } from './stage.js';

const WRITERS = 64;
/** Entries that the log of each has before. */
const ENTRIES = 100_000;
const AT_ONCE = 1000;
const REFERENCE = 'a pair for each writer';

/**
 * Measures the ceiling of one account: all trades of a user raise one counter, whose row stays locked until the commit. 64
 * writers hand cards between the same two users, whose logs have 100,000 entries each, beside 64 writers on pairs of
 * their own; with commits that wait for the disk and without.
 */
export const hotAccount = stage('hot-account', measure);

async function measure({ pace, postgres, quick }: Bench, ending: Ending): Promise<StageResult> {
  progress('starting PostgreSQL with fsync on');
  const durable = ending.add(await startBenchPostgres(['fsync=on', 'synchronous_commit=on', 'full_page_writes=on']));
  ending.add({ stop: durable.dropDatabases });
  const tables = [];
  const bursts = [];
  for (const [server, commits] of [
    [durable, 'on disk'],
    [postgres, 'not synced'],
  ] as const) {
    const { measured, hot } = await writersOn(server, quick ? ENTRIES / 10 : ENTRIES, ending);
    const rows = summarise(measured, await alternate(measured, pace), REFERENCE);
    tables.push(table(`${WRITERS} writers, commits ${commits}`, rowColumns('trades'), rows));
    progress(`${AT_ONCE} trades at once, ${commits}`);
    bursts.push({ commits, ...(await burst(hot.url, hot.people)) });
  }
  const columns = {
    commits: 'commits',
    recorded: 'recorded',
    refused: 'refused',
    seconds: 'seconds',
    p50: 'p50, ms',
    p99: 'p99, ms',
  };
  tables.push(table(`${AT_ONCE} trades of one account with one partner, all begun at once`, columns, bursts));
  return { tables };
}

async function writersOn(postgres: Postgres, entries: number, ending: Ending) {
  progress(`adding people and ${entries} entries each`);
  const connector = (await built.postgres()).postgres;
  const apart = await postgres.createDatabase();
  const many = (await addPeople(connector({ url: apart }), WRITERS * 2)).map(partyOf);
  const hotUrl = await postgres.createDatabase();
  const people = await addPeople(connector({ url: hotUrl }), 2);
  await addEntries(hotUrl, entries);
  const same = Array.from({ length: WRITERS }, () => people.map(partyOf)).flat();
  const measured: Measured[] = [];
  for (const [name, databaseUrl, parties] of [
    ['the same two users', hotUrl, same],
    [REFERENCE, apart, many],
  ] as const) {
    const pairs = await addPairs(databaseUrl, parties);
    const generator = ending.add(await LoadGenerator.writers({ databaseUrl, pairs, writer: 'tradepost' }));
    measured.push({
      name,
      cpu: processCpu(generator.pid),
      databaseCpu: postgres.cpu,
      load: seconds => generator.run({ seconds }),
    });
  }
  return { measured, hot: { url: hotUrl, people } };
}

const partyOf = ({ id, username, name }: Person) => ({ id, username, name });

async function burst(url: string, [sender, recipient]: readonly Person[]) {
  if (!sender || !recipient) throw new Error('nobody');
  const cards = await addPairs(url, Array.from({ length: AT_ONCE }, () => [sender, recipient]).flat());
  const { createTradepost } = await built.tradepost();
  const tradepost = await createTradepost({ storage: (await built.postgres()).postgres({ url }), rateLimits: 'off' });
  const began = performance.now();
  let refused = 0;
  const milliseconds = await Promise.all(
    cards.map(async ({ cardId }) => {
      await tradepost
        .recordTrade({ token: sender.token, cardId, recipient: { id: recipient.id } })
        .catch((error: unknown) => {
          refused += 1;
          if ((error as { code?: string }).code !== 'storage_unavailable') throw error;
        });
      return performance.now() - began;
    }),
  );
  await tradepost.close();
  const sorted = ascending(milliseconds);
  return {
    recorded: AT_ONCE - refused,
    refused,
    seconds: round(quantile(sorted, 1) / 1000, 2),
    p50: round(quantile(sorted, 0.5), 0),
    p99: round(quantile(sorted, 0.99), 0),
  };
}
