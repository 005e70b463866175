import { StorageUnavailable } from '../../../domain/errors.js';

/** An error that the server reports, as opposed to one of the driver or the network. */
interface ServerError extends Error {
  readonly code: string;
  readonly severity: string;
  readonly constraint?: string;
}

export const isServerError = (error: unknown): error is ServerError =>
  error instanceof Error && 'severity' in error && 'code' in error;

export const isUniqueViolation = (error: unknown, constraint: string): boolean =>
  isServerError(error) && error.code === '23505' && error.constraint === constraint;

/** serialization_failure, deadlock_detected: nothing was done. The documented remedy is to try again. */
export const isRetryable = (error: unknown): boolean =>
  isServerError(error) && (error.code === '40001' || error.code === '40P01');

// Classes of SQLSTATE (PostgreSQL manual, appendix A) about the state of the server, not about the statement:
// 08 connection exception, 53 insufficient resources, 57 operator intervention (shut-down, cancelled by time-out), 58 system error.
const SERVER_TROUBLE = /^(?:08|53|57|58)/;
// read_only_sql_transaction: a standby, as after a failover.
const READ_ONLY = '25006';

/** Whether a connection can run another statement after this error. */
export const leavesConnectionUsable = (error: unknown): boolean =>
  isServerError(error) && !SERVER_TROUBLE.test(error.code) && error.severity === 'ERROR';

/** Turns every error that means "the database does not answer" into `StorageUnavailable`; returns others unchanged. */
export function translateError(error: unknown): unknown {
  const unavailable = isServerError(error)
    ? SERVER_TROUBLE.test(error.code) || error.code === READ_ONLY
    : isConnectionError(error);
  return unavailable ? new StorageUnavailable({ cause: error }) : error;
}

const SYSTEM_CALLS = /^(?:E[A-Z]+|ERR_(?:SOCKET|STREAM|SSL|TLS).*)$/;
const DRIVER_MESSAGES =
  /timeout exceeded when trying to connect|connection terminated|query read timeout|not queryable|connection error|after calling end|closed/i;

/** The driver has no class for these: system errors have a code, its own errors only a message. */
function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string' && SYSTEM_CALLS.test(error.code)) return true;
  return DRIVER_MESSAGES.test(error.message);
}
