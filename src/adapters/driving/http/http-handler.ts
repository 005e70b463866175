import { randomUUID } from 'node:crypto';
import type { NextFunction, Request, RequestHandler, Response, Router } from 'express';
import express from 'express';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import type { TradepostError } from '../../../domain/errors.js';
import type { Operation, OperationName } from '../operations/index.js';
import { knownError, MalformedRequest, MethodNotAllowed, operations, RouteNotFound } from '../operations/index.js';
import type { Logger } from '../web/logger.js';
import { reportFailure, silent } from '../web/logger.js';
import { OriginPolicy } from '../web/origin.js';
import { securityHeaders, sendProblem } from '../web/responses.js';
import { SessionCookies } from '../web/session-cookie.js';
import { addCorsHeaders, sendOptions } from './cors.js';
import { operationHandler } from './operation-handler.js';

export interface HttpOptions {
  /** For signing session cookies: at least one, each of at least 32 bytes. The first signs, all verify. */
  readonly secrets: readonly string[];
  /** Origins of web pages, besides the server's own, that may call with the user's cookie; none if left out. */
  readonly allowedOrigins?: readonly string[];
  /** Where failures are reported; nowhere if left out. */
  readonly logger?: Logger;
  /** What happens to an address that is not ours: on to the application's next handler (default), or a 404 problem. */
  readonly unknownRoutes?: 'pass' | 'refuse';
}

/** What a handler needs of Tradepost: `createTradepost` makes one. */
export interface HttpTarget {
  readonly useCases: UseCases;
}

/** Every operation of the table as an Express router, to mount anywhere: `app.use('/api', httpHandler(tradepost, …))`. */
export function httpHandler({ useCases }: HttpTarget, options: HttpOptions): Router {
  const { secrets, allowedOrigins = [], logger = silent, unknownRoutes = 'pass' } = options;
  const cookies = new SessionCookies(secrets);
  const origins = new OriginPolicy(allowedOrigins);
  const router = express.Router({ caseSensitive: true, strict: true });

  for (const [path, rows] of rowsByPath()) {
    const route = router.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
    route.all(prepare(origins));
    for (const [name, row] of rows) {
      route[verbs[row.route.method]](operationHandler({ useCases, name, row, cookies, origins }));
    }
    route.all(refuseMethod(rows.map(([, row]) => row)));
  }
  if (unknownRoutes === 'refuse') {
    router.use(prepare(origins), () => {
      throw new RouteNotFound();
    });
  }
  router.use(answerErrors(origins, logger));
  return router;
}

const verbs = { GET: 'get', POST: 'post', DELETE: 'delete' } as const;

function rowsByPath(): Map<string, [OperationName, Operation][]> {
  const byPath = new Map<string, [OperationName, Operation][]>();
  for (const [name, row] of Object.entries(operations) as [OperationName, Operation][]) {
    byPath.set(row.route.path, [...(byPath.get(row.route.path) ?? []), [name, row]]);
  }
  return byPath;
}

/** What every answer has, refusals included. */
const prepare =
  (origins: OriginPolicy): RequestHandler =>
  (request, response, next) => {
    response.setHeader('X-Request-Id', randomUUID());
    response.setHeader('Cache-Control', 'no-store');
    addCorsHeaders(request, response, origins);
    securityHeaders(request, response, next);
  };

function refuseMethod(rows: readonly Operation[]): RequestHandler {
  const methods = rows.map(({ route }) => route.method);
  const allow = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', ');
  return (request, response) => {
    if (request.method !== 'OPTIONS') throw new MethodNotAllowed(request.method, allow);
    sendOptions(response, allow);
  };
}

const answerErrors =
  (origins: OriginPolicy, logger: Logger) =>
  (thrown: unknown, request: Request, response: Response, next: NextFunction) => {
    // Too late for an answer: Express ends the connection, so that half an answer is not taken for a whole one.
    if (response.headersSent) return next(thrown);
    // An address that cannot be decoded matches no route, so nothing has prepared its answer yet.
    if (!response.hasHeader('X-Request-Id')) prepare(origins)(request, response, () => undefined);
    const error = errorOf(thrown);
    const requestId = String(response.getHeader('X-Request-Id'));
    reportFailure(logger, error, { requestId, method: request.method, path: request.path });
    sendProblem(response, error, requestId);
  };

/** Express throws `URIError` for a path that is not percent-encoded UTF-8. */
function errorOf(thrown: unknown): TradepostError {
  if (thrown instanceof URIError) return new MalformedRequest('The address is not percent-encoded UTF-8.');
  return knownError(thrown);
}
