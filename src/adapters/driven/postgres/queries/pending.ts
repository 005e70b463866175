import type { Parameter, Statement } from '../statement.js';

/** A statement that waits to be run, and what is called with its outcome. */
export interface Pending<Row = unknown> {
  readonly statement: Statement<Row>;
  readonly values: readonly Parameter[];
  readonly resolve: (rows: Row[]) => void;
  readonly reject: (error: unknown) => void;
}
