import type { Logger } from 'pino';
import { redactError } from '../domain/redaction.js';
import type { Config } from './config.js';
import type { TradepostOptions } from './tradepost.js';

/** What the configuration says of sessions, passwords and limits, for `createTradepost` beside `storage`. Failures are logged. */
export const tradepostOptions = (config: Config, logger: Logger): Omit<TradepostOptions, 'storage'> => ({
  session: config.session,
  password: { minLength: config.passwordMinLength },
  rateLimits: config.rateLimits ?? 'off',
  breachedPasswords:
    config.passwordBreachCheck === null
      ? null
      : {
          url: config.passwordBreachCheck,
          onFailure: reason => logger.warn({ reason }, 'new passwords are not checked against breaches at the moment'),
        },
  onSweepError: error =>
    logger.warn({ err: redactError(error) }, 'expired sessions could not be swept; the next sweep retries'),
});
