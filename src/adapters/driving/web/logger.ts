/** What Tradepost writes logs to; a `pino` logger is one. */
export interface Logger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** Nowhere: what a library does unless it is told otherwise. */
export const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
