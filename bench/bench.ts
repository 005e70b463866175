import type { Postgres } from './database/postgres.js';
import type { Table } from './report/table.js';

/** How much is measured. */
export interface Pace {
  /** How often contestants take turns. */
  readonly rounds: number;
  /** Seconds of the warm-up before each measurement, and of the measurement. */
  readonly warmUp: number;
  readonly measured: number;
  /** People with a session in the stage `list`. */
  readonly people: number;
}

export const PACES: Readonly<Record<'full' | 'quick', Pace>> = {
  full: { rounds: 3, warmUp: 2, measured: 6, people: 1000 },
  quick: { rounds: 3, warmUp: 0.2, measured: 0.7, people: 200 },
};

/** Given to every stage. */
export interface Bench {
  readonly quick: boolean;
  readonly pace: Pace;
  readonly postgres: Postgres;
  /** A MongoDB server to create databases on; undefined without one. */
  readonly mongoUrl: string | undefined;
}

export interface Stage {
  readonly name: string;
  run(bench: Bench): Promise<StageResult>;
}

export interface StageResult {
  readonly tables: readonly Table[];
  /** What could not be measured here, and why. */
  readonly leftOut?: readonly string[];
}
