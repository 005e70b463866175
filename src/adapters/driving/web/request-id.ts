import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

/**
 * What ids of proxies and tracers are made of: nothing that needs escaping in logs, headers and JSON, and no `@`. A token
 * (43 characters) and a digest are too long, so that none gets into a log by mistake.
 */
const SAFE = /^[\w.:+/=-]{1,40}$/;

/**
 * Returns the id of a request: its `X-Request-Id`, so that one id finds the request in the logs of every server that it
 * passed; a new one where there is none, or one that is long, repeated or has other characters.
 */
export const requestIdOf = ({ 'x-request-id': given }: IncomingHttpHeaders): string =>
  typeof given === 'string' && SAFE.test(given) ? given : randomUUID();

/** Returns the id of a request that several parts of the server handle. All of them find the same id from then on. */
export function keepRequestId({ headers }: IncomingMessage): string {
  const id = requestIdOf(headers);
  headers['x-request-id'] = id;
  return id;
}
