import type { TradepostError } from '../../../domain/errors.js';

/** Where Tradepost writes its log. A `pino` logger fits. */
export interface Logger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** Writes nothing: the default of the library. */
export const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * Logs the errors that an operator has to know about; errors that callers cause are not logged. A logger that throws
 * fails no request.
 */
export function reportFailure(logger: Logger, { code, cause }: TradepostError, details: object): void {
  try {
    if (code === 'internal') logger.error({ ...details, code, err: cause }, 'unhandled error');
    else if (code === 'storage_unavailable')
      logger.warn({ ...details, code, err: cause }, 'the storage did not respond');
  } catch {
    // There is nowhere left to report this.
  }
}
