import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { StageResult } from '../bench.js';
import type { Versions } from './versions.js';

/** `bench/results/latest.json`, or `quick.json`. */
export interface Results extends Versions {
  readonly quick: boolean;
  /** By name. A run of some stages keeps the results of the others. */
  readonly stages: Readonly<Record<string, StageResult & { readonly ranAt: string }>>;
}

const fileOf = (quick: boolean): string => `bench/results/${quick ? 'quick' : 'latest'}.json`;

/** Adds stages to the results of earlier runs, and returns all of them. */
export function saveResults(quick: boolean, versions: Versions, stages: Results['stages']): Results {
  const file = fileOf(quick);
  const earlier = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Partial<Results>) : {};
  const results: Results = { quick, ...versions, stages: { ...earlier.stages, ...stages } };
  mkdirSync('bench/results', { recursive: true });
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  return results;
}
