import type { TradepostError } from '../../../domain/errors.js';

/** What Tradepost writes logs to; a `pino` logger is one. */
export interface Logger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** Nowhere: what a library does unless it is told otherwise. */
export const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Of the errors that callers get, those that an operator should know of. */
export function reportFailure(logger: Logger, { code, cause }: TradepostError, details: object): void {
  if (code === 'internal')
    logger.error({ ...details, code, err: cause }, 'a request failed for a reason nobody foresaw');
  else if (code === 'storage_unavailable') logger.warn({ ...details, code, err: cause }, 'the storage did not answer');
}
