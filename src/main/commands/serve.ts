import type { Logger } from 'pino';
import type { Config } from '../config.js';
import { DEFAULTS, readConfig } from '../config.js';
import { createTradepost } from '../create-tradepost.js';
import { createLogger } from '../logging.js';
import { loadMetrics } from '../metrics.js';
import { connectorOf, refuseToStart } from '../preflight.js';
import { startServer } from '../server.js';
import { sessionSecrets } from '../session-secrets.js';
import { STORE_FORMS } from '../stores.js';
import { tradepostOptions } from '../tradepost-options.js';
import type { Command } from './command.js';
import { untilSignal } from './command.js';

export const serve: Command = {
  options: ['port'],
  help: `usage: tradepost serve [--port N] [--env-file PATH]

Runs the server until SIGTERM or SIGINT. Configured by the environment; defaults are in brackets:

  DATABASE_URL          the store: ${STORE_FORMS.short}
                        (${DEFAULTS.DATABASE_URL})
  DATABASE_URL_FILE     a file with that URL, in place of DATABASE_URL (none)
  ALLOWED_HOSTS         host names requests may be for (on a loopback HOST those of loopback, else any)
  MAX_CONNECTIONS       connections at most (${DEFAULTS.MAX_CONNECTIONS})
  DATABASE_POOL_SIZE    connections to the database, at most (${DEFAULTS.DATABASE_POOL_SIZE})
  DATABASE_PREPARE      on, off, or auto for on unless a pooler is found: prepared statements, which some poolers of
                        PostgreSQL lose (${DEFAULTS.DATABASE_PREPARE})
  SIGNALS_DATABASE_URL  where PostgreSQL's notifications are listened for, past a pooler (DATABASE_URL)
  SIGNALS               where signals of PostgreSQL come from: notify, poll (every half second), or redis://… of a Redis or
                        Valkey, which needs the package ioredis (notify; poll behind a pooler)
  HOST, PORT            where to listen (${DEFAULTS.HOST}, ${DEFAULTS.PORT}); PORT=0 takes a free port; --port overrides PORT
  SESSION_SECRETS       secrets that sign cookies, random and at least 32 bytes each, separated by commas; the first
                        signs, all verify. Required when NODE_ENV=production, otherwise made once and kept in the
                        data folder
  SESSION_LIFETIME      seconds (${DEFAULTS.SESSION_LIFETIME})
  SESSION_IDLE_TIMEOUT  seconds (none)
  MAX_SESSIONS_PER_USER live sessions of one user; a login beyond it ends the least recently used one
                        (${DEFAULTS.MAX_SESSIONS_PER_USER})
  ALLOWED_ORIGINS       origins of other sites whose pages may call, separated by commas (none)
  TRUST_PROXY           IP addresses or networks of proxies whose X-Forwarded-* headers are trusted, separated by
                        commas (none)
  RATE_LIMITS           on, off (no limits on logins, registrations and messages: for tests and benchmarks), or figures:
                        free-failures=5,longest-delay=900 (seconds),failures-per-hour=100 (each for one account),
                        logins-per-minute=30,registrations-per-hour=10 (each for one IP address) (${DEFAULTS.RATE_LIMITS})
  CONSOLE               on or off; on serves the pages for people: the console at /, the reference at /docs (${DEFAULTS.CONSOLE})
  METRICS               off; on serves metrics for Prometheus at /metrics; HOST:PORT serves them there instead (${DEFAULTS.METRICS})
  METRICS_TOKEN         bearer token that scrapes must send, of at least 16 characters (none)
  PASSWORD_MIN_LENGTH   characters (${DEFAULTS.PASSWORD_MIN_LENGTH})
  PASSWORD_BREACH_CHECK URL of a range service of breached passwords, such as
                        https://api.pwnedpasswords.com/range/ (none)
  LOG_LEVEL             trace, debug, info, warn, error, fatal or silent (${DEFAULTS.LOG_LEVEL})
  LOG_FORMAT            pretty or json (pretty on a terminal, else json)`,

  async run({ environment, options: { port: PORT }, print }) {
    const config = readConfig(PORT === undefined ? environment : { ...environment, PORT });
    const logger = createLogger(config);
    await refuseToStart(config);
    const storage = await connectorOf(config, message => logger.warn(message));
    const metrics = await loadMetrics(config);
    const observer = metrics && { observer: metrics.source.observer };
    const tradepost = await createTradepost({ storage, ...observer, ...tradepostOptions(config, logger) });
    try {
      const { secrets, origin } = await sessionSecrets(config);
      if (origin === 'made for this run') {
        logger.warn('SESSION_SECRETS is not set: cookies are signed with a new secret and are invalid after a restart');
      }
      const server = await startServer({ tradepost, secrets, config, logger, metrics });
      if (server.metricsUrl !== null) logMetrics(server.metricsUrl, config, logger);
      // Before printing, because a signal may follow the line at once.
      const stopping = untilSignal();
      print(`listening on ${server.url} (storage: ${storage.description})`);
      const signal = await stopping;
      logger.info({ signal }, 'shutting down');
      await server.stop();
    } finally {
      await tradepost.close();
    }
    return 0;
  },
};

function logMetrics(url: string, { metrics, metricsToken }: Config, logger: Logger): void {
  if (metrics !== 'on' || metricsToken !== null) logger.info({ url }, 'serving metrics');
  else
    logger.warn(
      { url },
      'serving metrics to everybody who can reach this server: set METRICS_TOKEN, or METRICS=HOST:PORT',
    );
}
