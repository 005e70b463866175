import type { TradepostError } from '../../../domain/errors.js';
import { redactError } from '../../../domain/redaction.js';

/** Receives Tradepost's log. A `pino` logger fits. */
export interface Logger {
  /** Logs an event that is expected. */
  info(details: object, message: string): void;
  /** Logs a failure that others caused, such as a store that does not answer. */
  warn(details: object, message: string): void;
  /** Logs an unhandled error. */
  error(details: object, message: string): void;
}

/** Writes nothing. The default of the library. */
export const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Logs errors that an operator has to know about, and none that callers cause. Of the cause only what `redactError`
 * returns is logged. An error of the logger is ignored, so that it does not fail the request.
 */
export function reportFailure(logger: Logger, error: TradepostError, details: object): void {
  const { code, cause = error } = error;
  try {
    if (code === 'internal') logger.error({ ...details, code, err: redactError(cause) }, 'unhandled error');
    else if (code === 'storage_unavailable')
      logger.warn({ ...details, code, err: redactError(cause) }, 'the storage did not respond');
  } catch {
    // There is no other log to report this to.
  }
}
