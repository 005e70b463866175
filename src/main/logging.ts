import type { Logger } from 'pino';
import { pino } from '../peers/pino.js';
import type { Config } from './config.js';

/** Bytes of log that are collected before they are written, and milliseconds after which they are written in any case. */
const LOG_BUFFER = 8 * 1024;
const LOG_FLUSH_INTERVAL = 200;

/** For people: one line for each request, `INFO: request GET /trades 200 3.1 ms`, with the rest behind it. */
const PRETTY = {
  ignore: 'pid,hostname,method,path,status,milliseconds',
  messageFormat:
    '{msg}{if method} {method}{end}{if path} {path}{end}{if status} {status}{end}{if milliseconds} {milliseconds} ms{end}',
  singleLine: true,
};

/**
 * Logs to standard output: JSON, one object for each line, or text for people. JSON is written in blocks, because a write
 * for each request costs more than the request; the rest is written when the process ends.
 */
export function createLogger({ logLevel: level, logFormat }: Pick<Config, 'logLevel' | 'logFormat'>): Logger {
  const format = logFormat ?? (process.stdout.isTTY ? 'pretty' : 'json');
  if (format === 'json') {
    return pino({ level }, pino.destination({ sync: false, minLength: LOG_BUFFER, periodicFlush: LOG_FLUSH_INTERVAL }));
  }
  return pino({ level, transport: { target: 'pino-pretty', options: PRETTY } });
}
