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

// SQLSTATE (PostgreSQL manual, appendix A) about the state of the server, not about the statement. The classes 08 connection
// exception, 53 insufficient resources, 57 operator intervention (shut-down, cancelled by time-out) and 58 system error;
// read_only_sql_transaction: a standby, as after a failover;
// program_limit_exceeded: the queue of NOTIFY is full, or no transaction id is left;
// object_in_use and lock_not_available; serialization_failure and deadlock_detected where repeating did not help.
const SERVER_TROUBLE = /^(?:08|53|57|58|25006|54000|55006|55P03|40001|40P01)/;
// After these the connection is of no use. A statement cancelled by a time-out (57014) leaves it as it was.
const CONNECTION_TROUBLE = /^(?:08|53|57P|58|25006)/;

/** program_limit_exceeded, with which a statement that notifies fails where the queue of NOTIFY is full. */
export const isLimitExceeded = (error: unknown): boolean => isServerError(error) && error.code === '54000';

/** read_only_sql_transaction: the server has become a standby, or was set to be read-only. */
export const isReadOnlyServer = (error: unknown): boolean => isServerError(error) && error.code === '25006';

/** No connection of the pool became free in time. */
export const isPoolExhausted = (error: unknown): boolean =>
  error instanceof Error && error.message.includes('timeout exceeded when trying to connect');

/** Whether a connection can run another statement after this error. */
export const leavesConnectionUsable = (error: unknown): boolean =>
  isServerError(error) && !CONNECTION_TROUBLE.test(error.code) && error.severity === 'ERROR';

/** Turns every error that means "the database does not answer" into `StorageUnavailable`; returns others unchanged. */
export function translateError(error: unknown): unknown {
  const unavailable = isServerError(error) ? SERVER_TROUBLE.test(error.code) : isConnectionError(error);
  return unavailable ? new StorageUnavailable({ cause: error }) : error;
}

/** Translates the error of a write that was sent. Without an answer of the server, it may have taken effect or not. */
export const translateWriteError = (error: unknown): unknown =>
  isServerError(error) || !isConnectionError(error)
    ? error
    : new StorageUnavailable({ cause: error, isOutcomeUnknown: true });

const SYSTEM_CALLS = /^(?:E[A-Z]+|ERR_(?:SOCKET|STREAM|SSL|TLS).*)$/;
const DRIVER_MESSAGES =
  /timeout exceeded when trying to connect|connection terminated|query read timeout|not queryable|connection error|after calling end|closed/i;

/** The driver has no class for these: system errors have a code, its own errors only a message. */
function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ('code' in error && typeof error.code === 'string' && SYSTEM_CALLS.test(error.code)) return true;
  return DRIVER_MESSAGES.test(error.message);
}
