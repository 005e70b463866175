import type { TradepostError } from '../../../domain/errors.js';
import type { Logger } from './logger.js';

/** Of the errors that callers get, those that an operator should know of. */
export function reportFailure(logger: Logger, { code, cause }: TradepostError, details: object): void {
  if (code === 'internal')
    logger.error({ ...details, code, err: cause }, 'a request failed for a reason nobody foresaw');
  else if (code === 'storage_unavailable') logger.warn({ ...details, code, err: cause }, 'the storage did not answer');
}
