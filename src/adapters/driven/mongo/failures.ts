import { StorageUnavailable } from '../../../domain/errors.js';
import {
  MongoClientClosedError,
  MongoError,
  MongoErrorLabel,
  MongoExpiredSessionError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoOperationTimeoutError,
  MongoServerClosedError,
  MongoServerError,
  MongoStalePrimaryError,
  MongoSystemError,
  MongoTopologyClosedError,
  MongoUnexpectedServerResponseError,
} from '../../../peers/mongodb.js';
import { DeadlinePassed } from './waiting.js';

/** Whether the unique index on these fields refused the write. */
export const isDuplicate = (error: unknown, ...fields: readonly string[]): boolean =>
  error instanceof MongoServerError &&
  error.code === 11000 &&
  Object.keys((error.keyPattern as object | undefined) ?? {}).join() === fields.join();

/** Nothing of the transaction took effect. The documented remedy is to run all of it again. */
export const isRetryable = (error: unknown): boolean =>
  error instanceof MongoError && error.hasErrorLabel(MongoErrorLabel.TransientTransactionError);

/** It is unknown whether the transaction took effect. Committing again settles it and does no harm. */
export const isUnknownCommit = (error: unknown): boolean =>
  error instanceof MongoError && error.hasErrorLabel(MongoErrorLabel.UnknownTransactionCommitResult);

// Codes about the state of the server, not about the command (src/mongo/base/error_codes.yml in MongoDB).
const SERVER_TROUBLE: ReadonlySet<unknown> = new Set([
  6, // HostUnreachable
  7, // HostNotFound
  24, // LockTimeout
  50, // MaxTimeMSExpired
  64, // WriteConcernFailed
  89, // NetworkTimeout
  91, // ShutdownInProgress
  100, // UnsatisfiableWriteConcern
  112, // WriteConflict, after the last try
  133, // FailedToSatisfyReadPreference
  134, // ReadConcernMajorityNotAvailableYet
  189, // PrimarySteppedDown
  202, // NetworkInterfaceExceededTimeLimit
  225, // TransactionTooOld
  226, // AtomicityFailure
  251, // NoSuchTransaction
  262, // ExceededTimeLimit
  290, // TransactionExceededLifetimeLimitSeconds
  317, // ConnectionPoolExpired
  384, // ConnectionError
  9001, // SocketException
  10107, // NotWritablePrimary
  11600, // InterruptedAtShutdown
  11601, // Interrupted
  11602, // InterruptedDueToReplStateChange
  13435, // NotPrimaryNoSecondaryOk
  13436, // NotPrimaryOrSecondary
  14031, // OutOfDiskSpace
]);

// The driver does not export these two classes.
const POOL_TROUBLE: ReadonlySet<string> = new Set(['MongoWaitQueueTimeoutError', 'MongoPoolClosedError']);

const LABELS = [
  MongoErrorLabel.TransientTransactionError,
  MongoErrorLabel.UnknownTransactionCommitResult,
  MongoErrorLabel.RetryableWriteError,
];

/** Turns every error that means "the database does not answer" into `StorageUnavailable`; returns others unchanged. */
export const translateError = (error: unknown): unknown =>
  isUnavailability(error) ? new StorageUnavailable({ cause: error }) : error;

/** Whether the command failed without an answer of a server: the connection broke, was never made, or stayed silent. */
export function isUnanswered(error: unknown): boolean {
  if (error instanceof DeadlinePassed) return true;
  const thrown = unwrapBulk(error);
  if (thrown instanceof MongoServerError) return false;
  if (!(thrown instanceof MongoError)) return isSocketError(thrown);
  return (
    thrown instanceof MongoNetworkError || // also of a pool that was cleared
    thrown instanceof MongoSystemError || // server selection
    thrown instanceof MongoNotConnectedError ||
    thrown instanceof MongoTopologyClosedError ||
    thrown instanceof MongoServerClosedError ||
    thrown instanceof MongoClientClosedError ||
    thrown instanceof MongoStalePrimaryError ||
    thrown instanceof MongoUnexpectedServerResponseError || // the connection ended instead of an answer
    thrown instanceof MongoExpiredSessionError ||
    thrown instanceof MongoOperationTimeoutError ||
    POOL_TROUBLE.has(thrown.name)
  );
}

function isUnavailability(error: unknown): boolean {
  if (isUnanswered(error)) return true;
  const thrown = unwrapBulk(error);
  if (!(thrown instanceof MongoError)) return false;
  if (LABELS.some(label => thrown.hasErrorLabel(label))) return true;
  if (!(thrown instanceof MongoServerError)) return false;
  return (
    SERVER_TROUBLE.has(thrown.code) ||
    thrown.name === 'MongoWriteConcernError' ||
    (thrown.name === 'MongoBulkWriteError' && thrown.err !== undefined) // of the write concern
  );
}

/** `insertMany` and `bulkWrite` wrap an error of the driver into one of the server, which then has no code. */
const unwrapBulk = (error: unknown): unknown =>
  error instanceof MongoServerError && error.code === undefined && error.errorResponse instanceof MongoError
    ? error.errorResponse
    : error;

/** An error of a socket or of a name look-up that the driver passes on as it is: Node's, with a system call or a stream's code. */
const isSocketError = (error: unknown): boolean =>
  error instanceof Error &&
  (('syscall' in error && typeof error.syscall === 'string') ||
    ('code' in error && typeof error.code === 'string' && error.code.startsWith('ERR_STREAM_')));
