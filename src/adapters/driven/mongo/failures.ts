import {
  MongoError,
  MongoErrorLabel,
  MongoExpiredSessionError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoOperationTimeoutError,
  MongoServerError,
  MongoSystemError,
  MongoTopologyClosedError,
} from 'mongodb';
import { StorageUnavailable } from '../../../domain/errors.js';
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

function isUnavailability(error: unknown): boolean {
  if (error instanceof DeadlinePassed) return true;
  if (!(error instanceof MongoError)) return false;
  if (LABELS.some(label => error.hasErrorLabel(label))) return true;
  if (error instanceof MongoServerError)
    return SERVER_TROUBLE.has(error.code) || error.name === 'MongoWriteConcernError';
  return (
    error instanceof MongoNetworkError ||
    error instanceof MongoSystemError || // server selection
    error instanceof MongoNotConnectedError ||
    error instanceof MongoTopologyClosedError ||
    error instanceof MongoExpiredSessionError ||
    error instanceof MongoOperationTimeoutError ||
    POOL_TROUBLE.has(error.name)
  );
}
