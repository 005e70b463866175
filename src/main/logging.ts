import type { Logger } from 'pino';
import { pino } from 'pino';
import type { Config } from './config.js';

/** Bytes that are collected before they are written, and milliseconds after which they are written all the same. */
const BUFFER = 8 * 1024;
const FLUSH_EVERY = 200;

/**
 * JSON, one object a line; on a terminal in a form for people. To standard output, which the operator redirects. Lines
 * are written in blocks, since a write for each would cost more than the request it is about; the rest is written when
 * the process ends.
 */
export function createLogger({ logLevel: level, logFormat }: Pick<Config, 'logLevel' | 'logFormat'>): Logger {
  const format = logFormat ?? (process.stdout.isTTY ? 'pretty' : 'json');
  if (format === 'json') {
    return pino({ level }, pino.destination({ sync: false, minLength: BUFFER, periodicFlush: FLUSH_EVERY }));
  }
  return pino({ level, transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname' } } });
}
