import { StorageUnavailable } from '../../../domain/errors.js';

/** What the server reports, as opposed to what the driver or the network does. */
interface ServerError extends Error {
  readonly code: string;
  readonly severity: string;
  readonly constraint?: string;
}

export const isServerError = (error: unknown): error is ServerError =>
  error instanceof Error && 'severity' in error && 'code' in error;

export const isUniqueViolation = (error: unknown, constraint: string): boolean =>
  isServerError(error) && error.code === '23505' && error.constraint === constraint;

/** serialization_failure, deadlock_detected: nothing was done, and trying again is the documented remedy. */
export const isRetryable = (error: unknown): boolean =>
  isServerError(error) && (error.code === '40001' || error.code === '40P01');

// Classes of SQLSTATE (PostgreSQL manual, appendix A) that say something of the server's state, not of the statement:
// 08 connection exception, 53 insufficient resources, 57 operator intervention (shut-down, cancelled by time-out), 58 system error.
const SERVER_TROUBLE = /^(?:08|53|57|58)/;
// cannot_connect_now aside, these are refusals that an operator has to see as they are.
const READ_ONLY = '25006';

/** Whether a connection is fit for another statement after this error. */
export const leavesConnectionUsable = (error: unknown): boolean =>
  isServerError(error) && !SERVER_TROUBLE.test(error.code) && error.severity === 'ERROR';

/** Everything that means "the database does not answer now" becomes `StorageUnavailable`; the rest stays as it is. */
export function storageError(error: unknown): unknown {
  const unavailable = isServerError(error)
    ? SERVER_TROUBLE.test(error.code) || error.code === READ_ONLY
    : isConnectionError(error);
  return unavailable ? new StorageUnavailable({ cause: error }) : error;
}

const SYSTEM_CALLS = /^(?:E[A-Z]+|ERR_(?:SOCKET|STREAM|SSL|TLS).*)$/;
const DRIVER_MESSAGES =
  /timeout exceeded when trying to connect|connection terminated|query read timeout|not queryable|connection error|after calling end|closed/i;

/** The driver has no class for these; it reports system errors with their code, its own findings in words. */
function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string' && SYSTEM_CALLS.test(error.code)) return true;
  return DRIVER_MESSAGES.test(error.message);
}
