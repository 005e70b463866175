import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { TradepostError } from '../../../domain/errors.js';
import { knownError, MethodNotAllowed, RouteNotFound } from '../operations/index.js';
import type { HttpAnswer } from '../web/answer.js';
import { BASE_HEADERS, problemAnswer } from '../web/answer.js';
import type { Logger } from '../web/logger.js';
import { reportFailure } from '../web/logger.js';
import { requestIdOf } from '../web/request-id.js';
import { sendAnswer } from './http-handler.js';

export const METRICS_PATH = '/metrics';

export interface MetricsEndpointParts {
  scrape(): Promise<{ readonly type: string; readonly text: string }>;
  /** What requests have to send as a bearer token; null for nothing. */
  readonly token: string | null;
  /** Throws `misdirected_request` where the request is for another host. */
  checkHost(request: IncomingMessage): void;
  readonly logger: Logger;
}

/** Serves metrics at `/metrics`, to those who send the token. */
export function metricsEndpoint({ scrape, token, checkHost, logger }: MetricsEndpointParts) {
  const digest = token === null ? null : digestOf(token);
  const answer = async (request: IncomingMessage, headers: readonly string[]): Promise<HttpAnswer> => {
    checkHost(request);
    if (request.url?.split('?')[0] !== METRICS_PATH) throw new RouteNotFound();
    const { method = '' } = request;
    if (method !== 'GET' && method !== 'HEAD') throw new MethodNotAllowed(method, 'GET, HEAD');
    if (digest && !isToken(request.headers.authorization, digest)) throw new WrongToken();
    const { type, text } = await scrape();
    const length = String(Buffer.byteLength(text));
    return { status: 200, headers: [...headers, 'Content-Type', type, 'Content-Length', length], body: text };
  };
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = requestIdOf(request.headers);
    const headers = [...BASE_HEADERS, 'X-Request-Id', requestId];
    try {
      sendAnswer(request, response, await answer(request, headers));
    } catch (thrown) {
      const error = knownError(thrown);
      reportFailure(logger, error, { requestId, path: METRICS_PATH });
      sendAnswer(request, response, problemAnswer(error, requestId, headers));
    }
  };
}

class WrongToken extends TradepostError {
  readonly code = 'unauthenticated';

  constructor() {
    super('Send the token of the metrics as a bearer token.');
  }
}

const BEARER = /^Bearer +(\S+) *$/i;

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Compares digests, which have the same length, in a time that does not depend on what is in them. */
const isToken = (authorization: string | undefined, digest: Buffer): boolean =>
  timingSafeEqual(digestOf(BEARER.exec(authorization ?? '')?.[1] ?? ''), digest);
