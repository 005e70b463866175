import type { CpuClock } from './cpu.js';
import type { LoadResult } from './load/generator.js';
import { median, round, significant, spread } from './measure.js';
import { progress } from './progress.js';

/** A contestant, ready to be measured. */
export interface Measured {
  readonly name: string;
  /** Of the server, and of its database. */
  readonly cpu: CpuClock;
  readonly databaseCpu: CpuClock;
  /** Loads it for so many seconds. */
  load(seconds: number): Promise<LoadResult>;
}

/** One round of a contestant. */
export interface Round extends LoadResult {
  readonly perSecond: number;
  /** CPU seconds for a thousand answers; null where they are unknown. */
  readonly cpu: number | null;
  readonly databaseCpu: number | null;
}

/**
 * Measures all contestants in turn, in several rounds, so that other work of the machine affects all of them. Each round
 * starts with the next contestant. `warmUp` and `measured` are seconds; a `warmUp` of 0 leaves it out. Returns the rounds
 * of each.
 */
export async function alternate(
  all: readonly Measured[],
  { rounds, warmUp, measured }: { readonly rounds: number; readonly warmUp: number; readonly measured: number },
): Promise<Round[][]> {
  const results = all.map((): Round[] => []);
  for (let turn = 0; turn < rounds; turn += 1) {
    for (let step = 0; step < all.length; step += 1) {
      const index = (turn + step) % all.length;
      const contestant = all[index];
      if (!contestant) continue;
      progress(`round ${turn + 1} of ${rounds}: ${contestant.name}`);
      if (warmUp > 0) await contestant.load(warmUp);
      results[index]?.push(await measure(contestant, measured));
    }
  }
  return results;
}

export async function measure({ name, cpu, databaseCpu, load }: Measured, seconds: number): Promise<Round> {
  const before = [cpu(), databaseCpu()] as const;
  const result = await load(seconds);
  if (result.answers === 0) throw new Error(`${name}: no answer in ${seconds} s`);
  const after = [cpu(), databaseCpu()] as const;
  const perThousand = (which: 0 | 1): number | null => {
    const [from, to] = [before[which], after[which]];
    return from === null || to === null ? null : ((to - from) / result.answers) * 1000;
  };
  return {
    ...result,
    perSecond: result.answers / result.seconds,
    cpu: perThousand(0),
    databaseCpu: perThousand(1),
  };
}

/** A row of a table: medians of a contestant's rounds, and ratios to the reference's. */
export interface Row {
  readonly name: string;
  readonly perSecond: number;
  /** Largest less smallest `perSecond` of the rounds, in percent of the median. */
  readonly spread: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpu: number | null;
  readonly databaseCpu: number | null;
  readonly ratio: number;
  readonly cpuRatio: number | null;
  /** Refusals in all measured rounds. */
  readonly refused: number;
}

/** The titles of a row's columns. */
export const rowColumns = (what: string) => ({
  name: '',
  perSecond: `${what}/s`,
  ratio: 'ratio',
  spread: 'spread, %',
  p50: 'p50, ms',
  p99: 'p99, ms',
  cpu: 'CPU s/1,000',
  cpuRatio: 'CPU ratio',
  databaseCpu: 'database CPU s/1,000',
});

export function summarise(all: readonly Measured[], rounds: readonly (readonly Round[])[], reference: string): Row[] {
  const baseline = rounds[all.findIndex(({ name }) => name === reference)];
  if (!baseline) throw new Error(`there is no contestant ${reference}`);
  return all.map(({ name }, index) => rowOf(name, rounds[index] ?? [], baseline));
}

const of = (rounds: readonly Round[], key: 'perSecond' | 'p50' | 'p99'): number =>
  median(rounds.map(each => each[key]));

function cpuOf(rounds: readonly Round[], key: 'cpu' | 'databaseCpu'): number | null {
  const values = rounds.flatMap(each => each[key] ?? []);
  return values.length === rounds.length ? median(values) : null;
}

function rowOf(name: string, rounds: readonly Round[], baseline: readonly Round[]): Row {
  const [cpu, baselineCpu] = [cpuOf(rounds, 'cpu'), cpuOf(baseline, 'cpu')];
  const databaseCpu = cpuOf(rounds, 'databaseCpu');
  return {
    name,
    perSecond: round(of(rounds, 'perSecond'), 0),
    spread: round(spread(rounds.map(({ perSecond }) => perSecond)), 0),
    p50: significant(of(rounds, 'p50')),
    p99: significant(of(rounds, 'p99')),
    cpu: cpu === null ? null : significant(cpu),
    databaseCpu: databaseCpu === null ? null : significant(databaseCpu),
    ratio: round(of(rounds, 'perSecond') / of(baseline, 'perSecond'), 2),
    cpuRatio: cpu === null || baselineCpu === null ? null : round(cpu / baselineCpu, 2),
    refused: rounds.reduce((sum, each) => sum + each.refused, 0),
  };
}
