import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, StageResult } from '../bench.js';
import { built } from '../built.js';
import { sampleOf, startBare } from '../contestants/bare.js';
import { type Contestant, startTradepost } from '../contestants/contestant.js';
import { divided, listRequestOf, loginRequest } from '../contestants/requests.js';
import { addEntries } from '../database/entries.js';
import { addPeople, type Person } from '../database/people.js';
import { type HttpLoad, LoadGenerator, type LoadResult } from '../load/generator.js';
import { median, round, significant } from '../measure.js';
import { progress } from '../progress.js';
import { table } from '../report/table.js';
import { alternate, type Measured, type Round } from '../rounds.js';
import { httpMeasured } from './http.js';
import { type Ending, stage } from './stage.js';

/** Seconds that logins run before reads are measured. */
const AHEAD = 0.5;
const OVERLOADED = 503;

/** Reads over 32 connections while 32 logins are in flight. The reference does not limit hashes in flight. */
export const storm = stage('storm', measure);

async function measure(bench: Bench, ending: Ending): Promise<StageResult> {
  const { postgres, pace, quick } = bench;
  const count = quick ? 32 : 64;
  progress(`hashing passwords of ${count} people`);
  const url = await postgres.createDatabase();
  const people = await addPeople((await built.postgres()).postgres({ url }), count, { hashing: 'usual' });
  await addEntries(url, 20);
  const [somebody] = people;
  if (!somebody) throw new Error('nobody');
  const tradepost = ending.add(await startTradepost(url));
  const sample = await sampleOf(tradepost, {
    list: listRequestOf(somebody),
    login: loginRequest(tradepost.origin, somebody),
  });
  const bare = ending.add(await startBare('bare node:http, hashes without a cap', url, sample));

  const generators = { reads: ending.add(await LoadGenerator.http()), logins: ending.add(await LoadGenerator.http()) };
  const storms = [tradepost, bare].map(contestant => new Storm(contestant, generators, bench, people));
  const measured = storms.flatMap(each => [each.calm, each.stormy]);
  progress('warming up');
  for (const { calm } of storms) await calm.load(pace.warmUp);
  // No warm-up before each storm: waiting for its logins to end would double the time.
  const rounds = await alternate(measured, { ...pace, warmUp: 0 });
  const rows = storms.map((each, index) => each.row(rounds[index * 2] ?? [], rounds[index * 2 + 1] ?? []));
  const reference = rows.at(-1);
  const columns = {
    name: '',
    calm: 'reads/s, calm',
    stormy: 'reads/s, storm',
    ratio: 'ratio in the storm',
    calmP99: 'p99 calm, ms',
    stormyP99: 'p99 storm, ms',
    p99Ratio: 'p99 storm/calm',
    logins: 'logins/s',
    refused: 'refused/s',
  };
  const compared = rows.map(row => ({ ...row, ratio: round(row.stormy / (reference?.stormy ?? Number.NaN), 2) }));
  return { tables: [table('GET /trades while 32 logins are in flight', columns, compared)] };
}

/** One server, measured without logins and during a storm of them. */
class Storm {
  readonly calm: Measured;
  readonly stormy: Measured;
  private readonly logins: LoadResult[] = [];

  constructor(
    private readonly contestant: Contestant,
    private readonly generators: Readonly<Record<'reads' | 'logins', LoadGenerator<HttpLoad>>>,
    { postgres }: Bench,
    private readonly people: readonly Person[],
  ) {
    const connections = divided(people.map(listRequestOf));
    const reads = httpMeasured(generators.reads, { contestant, databaseCpu: postgres.cpu, connections });
    this.calm = { ...reads, name: `${contestant.name}, calm` };
    this.stormy = { ...reads, name: `${contestant.name}, storm`, load: seconds => this.during(reads, seconds) };
  }

  row(calm: readonly Round[], stormy: readonly Round[]) {
    const of = (rounds: readonly Round[], key: 'perSecond' | 'p99'): number => median(rounds.map(each => each[key]));
    const loginsOf = (key: 'answers' | 'refused'): number => median(this.logins.map(each => each[key] / each.seconds));
    return {
      name: this.contestant.name,
      calm: round(of(calm, 'perSecond'), 0),
      stormy: round(of(stormy, 'perSecond'), 0),
      calmP99: significant(of(calm, 'p99')),
      stormyP99: significant(of(stormy, 'p99')),
      p99Ratio: round(of(stormy, 'p99') / of(calm, 'p99'), 2),
      logins: round(loginsOf('answers'), 0),
      refused: round(loginsOf('refused'), 0),
    };
  }

  private async during(reads: Measured, seconds: number): Promise<LoadResult> {
    const { origin } = this.contestant;
    const connections = divided(this.people.map(person => loginRequest(origin, person)));
    const storm = { origin, connections, seconds: seconds + 2 * AHEAD, allowed: [OVERLOADED] };
    const [logins, result] = await Promise.all([
      this.generators.logins.run(storm),
      sleep(AHEAD * 1000).then(() => reads.load(seconds)),
    ]);
    this.logins.push(logins);
    return result;
  }
}
