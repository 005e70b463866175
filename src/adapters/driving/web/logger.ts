import type { TradepostError } from '../../../domain/errors.js';

/** Receives Tradepost's log. A `pino` logger fits. */
export interface Logger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** Writes nothing. The default of the library. */
export const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Logs errors that an operator has to know about, and none that callers cause. An error of the logger is ignored, so that
 * it does not fail the request.
 */
export function reportFailure(logger: Logger, { code, cause }: TradepostError, details: object): void {
  try {
    if (code === 'internal') logger.error({ ...details, code, err: cause }, 'unhandled error');
    else if (code === 'storage_unavailable')
      logger.warn({ ...details, code, err: cause }, 'the storage did not respond');
  } catch {
    // There is no other log to report this to.
  }
}
