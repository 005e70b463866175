import { readConfig } from '../config.js';
import { createTradepost } from '../create-tradepost.js';
import { createLogger } from '../logging.js';
import { startServer } from '../server.js';
import { sessionSecrets } from '../session-secrets.js';
import { untilSignal } from '../signals.js';
import { connectorFor } from '../storage-choice.js';
import type { Command } from './command.js';

export const serve: Command = {
  summary: 'run the server (the default storage is an embedded PostgreSQL in ./.tradepost)',
  help: `usage: tradepost serve

Runs the server until SIGTERM or SIGINT. Configured by the environment:

  DATABASE_URL          postgres://…, mongodb://…, file:DIRECTORY or memory: (file:.tradepost)
  HOST, PORT            where to listen (127.0.0.1, 3000; PORT=0 takes a free one)
  SESSION_SECRETS       for signing cookies, at least 32 bytes each, separated by commas; the first signs, all
                        verify. Required when NODE_ENV=production
  SESSION_LIFETIME      seconds (3600)
  SESSION_IDLE_TIMEOUT  seconds (none)
  ALLOWED_ORIGINS       origins of other sites' pages that may call, separated by commas (none)
  TRUST_PROXY           addresses of proxies whose X-Forwarded-* headers are believed (none)
  RATE_LIMITS           off lets clients do anything as often as they like, for tests and benchmarks (on)
  DATABASE_POOL_SIZE    connections to the database at most (10)
  PASSWORD_MIN_LENGTH   characters (8)
  LOG_LEVEL, LOG_FORMAT info; pretty on a terminal, else json`,

  async run({ environment, print }) {
    const config = readConfig(environment);
    const logger = createLogger(config);
    const storage = await connectorFor(config.storage);
    const tradepost = await createTradepost({
      storage,
      session: config.session,
      password: { minLength: config.passwordMinLength },
      onSweepError: error =>
        logger.warn({ err: error }, 'expired sessions could not be swept; the next sweep tries again'),
    });
    try {
      const { secrets, origin } = await sessionSecrets(config);
      if (origin === 'made for this run') {
        logger.warn('SESSION_SECRETS is not set: cookies are signed with a secret of this run, and end with it');
      }
      const server = await startServer({ tradepost, secrets, config, logger });
      // Before it says so: whoever reads the line may send a signal at once.
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
