import type { Bench, StageResult } from '../bench.js';
import { built } from '../built.js';
import { type CpuClock, processCpu } from '../cpu.js';
import { addPairs } from '../database/pairs.js';
import { addPeople } from '../database/people.js';
import { startBenchPostgres } from '../database/postgres.js';
import { LoadGenerator } from '../load/generator.js';
import { progress } from '../progress.js';
import { table } from '../report/table.js';
import { alternate, type Measured, rowColumns, summarise } from '../rounds.js';
import { type Ending, stage } from './stage.js';

const WRITERS = 64;
const REFERENCE = 'plain, pg_notify in the statement';

/** PostgreSQL's own defaults: a commit is confirmed when it is on disk. */
const DURABLE = ['fsync=on', 'synchronous_commit=on', 'full_page_writes=on'];

/**
 * Measures what it costs to notify other processes of a trade: 64 writers on pairs of their own, without a server, on a
 * PostgreSQL that syncs to disk. A transaction that notifies holds a lock of the whole server while it commits, so its
 * sync cannot be shared with other commits.
 */
export const writers = stage('writers', measure);

async function measure({ pace }: Bench, ending: Ending): Promise<StageResult> {
  progress('starting PostgreSQL with fsync on');
  const postgres = ending.add(await startBenchPostgres(DURABLE));
  ending.add({ stop: postgres.dropDatabases });
  progress(`making ${WRITERS} pairs of people`);
  const template = await postgres.createDatabase();
  const people = await addPeople((await built.postgres()).postgres({ url: template }), WRITERS * 2);
  const parties = people.map(({ id, username, name }) => ({ id, username, name }));
  const pairs = await addPairs(template, parties);

  const measured: Measured[] = [];
  for (const [name, writer] of [
    ['storage.trades.record', 'tradepost'],
    [REFERENCE, 'notify'],
    ['plain, nobody is told', 'nobody'],
  ] as const) {
    const databaseUrl = await postgres.createDatabase(template);
    const generator = ending.add(await LoadGenerator.writers({ databaseUrl, pairs, writer }));
    measured.push(writerOf(name, generator, postgres.cpu));
  }
  const rows = summarise(measured, await alternate(measured, pace), REFERENCE);
  const { fsync = '?', synchronous_commit: commit = '?' } = postgres.settings;
  const title = `trades recorded by ${WRITERS} writers (fsync ${fsync}, synchronous_commit ${commit})`;
  return { tables: [table(title, rowColumns('trades'), rows)] };
}

const writerOf = (name: string, generator: LoadGenerator<{ seconds: number }>, databaseCpu: CpuClock): Measured => ({
  name,
  cpu: processCpu(generator.pid),
  databaseCpu,
  load: seconds => generator.run({ seconds }),
});
