import { InternalError, TradepostError, ValidationFailed, type Violation } from '../../../domain/errors.js';
import { errorTable, type ProblemCode } from './error-table.js';

/** An error as callers see it (RFC 9457): the same object over every transport. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ProblemCode;
  readonly requestId: string;
  readonly errors?: readonly Violation[];
}

/** An error that the table knows. */
export type KnownError = TradepostError & { readonly code: ProblemCode };

/** Returns the error itself if the table has its code; everything else becomes `internal`, with `thrown` as the cause. */
export const knownError = (thrown: unknown): KnownError => (isKnown(thrown) ? thrown : new InternalError(thrown));

const isKnown = (thrown: unknown): thrown is KnownError =>
  thrown instanceof TradepostError && Object.hasOwn(errorTable, thrown.code);

export function problemOf(error: TradepostError, requestId: string): Problem {
  const known = knownError(error);
  const { code, message } = known;
  const { title, status } = errorTable[code];
  const problem = { type: `urn:tradepost:problem:${code}`, title, status, detail: message, code, requestId };
  if (!(known instanceof ValidationFailed)) return problem;
  return { ...problem, detail: 'The input is not valid; `errors` lists each violation.', errors: known.errors };
}

/** Seconds to wait before the next attempt: the error's own `retryAfter`, else the table's; null where waiting does not help. */
export function retryAfterOf(error: TradepostError): number | null {
  const known = knownError(error);
  return 'retryAfter' in known && typeof known.retryAfter === 'number'
    ? known.retryAfter
    : errorTable[known.code].retryAfter;
}
