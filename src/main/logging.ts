import type { Logger } from 'pino';
import { pino } from 'pino';
import type { Config } from './config.js';

/** JSON, one object a line; on a terminal in a form for people. To standard output, which the operator redirects. */
export function createLogger({ logLevel: level, logFormat }: Pick<Config, 'logLevel' | 'logFormat'>): Logger {
  const format = logFormat ?? (process.stdout.isTTY ? 'pretty' : 'json');
  if (format === 'json') return pino({ level });
  return pino({ level, transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname' } } });
}
