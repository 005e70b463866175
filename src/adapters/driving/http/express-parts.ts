import { createHash } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { StorageHealth } from '../../../application/ports/driven/storage.js';
import { jsonAnswer, SECURITY_HEADERS } from '../web/answer.js';
import type { Logger } from '../web/logger.js';
import { keepRequestId } from '../web/request-id.js';
import type { OnAnswer } from './http-handler.js';
import { sendAnswer } from './http-handler.js';

export interface HealthSource {
  check(): Promise<StorageHealth>;
  /** Whether the server is shutting down and should get no new requests. */
  isDraining(): boolean;
  readonly logger: Logger;
}

const HEADERS = [...SECURITY_HEADERS, 'Cache-Control', 'no-store'];

/** `/health/live`: 200 while the process runs. Does not query the store. */
export const liveness: RequestHandler = (request, response) =>
  sendAnswer(request, response, jsonAnswer(200, HEADERS, { status: 'ok' }));

/**
 * `/health/ready`: 200 if the server can serve, else 503. The reason goes to the log only, because it names hosts and
 * roles and anybody can send this request.
 */
export function readiness({ check, isDraining, logger }: HealthSource): RequestHandler {
  const find = async (): Promise<'ok' | 'draining' | 'unavailable'> => {
    if (isDraining()) return 'draining';
    const { ok, detail } = await check();
    if (!ok) logger.warn({ detail }, 'the storage is not ready');
    return ok ? 'ok' : 'unavailable';
  };
  return async (request, response) => {
    const status = await find();
    sendAnswer(request, response, jsonAnswer(status === 'ok' ? 200 : 503, HEADERS, { status }));
  };
}

/**
 * Serves a document that does not change while the process runs: an object as JSON, text as plain text. Creates it at the
 * first request; adds an ETag (RFC 9110, 8.8.3).
 */
export function serveDocument(describe: () => object | string): RequestHandler {
  let prepared: Prepared | undefined;
  return (request, response) => {
    prepared ??= prepare(describe());
    const { bytes, etag, type } = prepared;
    const headers = [...SECURITY_HEADERS, 'Cache-Control', 'no-cache', 'ETag', etag];
    if (request.headers['if-none-match']?.includes(etag)) return void response.writeHead(304, headers).end();
    headers.push('Content-Type', `${type}; charset=utf-8`, 'Content-Length', String(bytes.length));
    response.writeHead(200, headers).end(bytes);
  };
}

interface Prepared {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly type: string;
}

function prepare(document: object | string): Prepared {
  const isText = typeof document === 'string';
  const bytes = Buffer.from(isText ? document : JSON.stringify(document));
  const type = isText ? 'text/plain' : 'application/json';
  return { bytes, type, etag: `"${createHash('sha256').update(bytes).digest('base64url')}"` };
}

/*
 * The access log has one line for each request, without query, headers and body, because these may have secrets and
 * personal data. So may the path of a request, so the path in the log is that of the route; without a route there is none.
 */

/** Logs the answers of `HttpCore`. */
export const logAnswers =
  (logger: Logger): OnAnswer =>
  (request, response, { status, requestId, route: path }, began) => {
    const sent = response.socket?.destroyed === false ? status : 'aborted';
    logger.info({ requestId, method: request.method, path, status: sent, milliseconds: since(began) }, 'request');
  };

/**
 * Logs the answers of Express, and gives each request its id. `paths` are those of its routes; requests for `quiet` ones
 * are logged at `debug`.
 */
export const accessLog =
  (
    logger: Logger & { debug(details: object, message: string): void },
    paths: readonly string[],
    quiet: readonly string[],
  ): RequestHandler =>
  (request, response, next) => {
    const began = performance.now();
    const { method } = request;
    const path = [...paths, ...quiet].find(each => each === request.path);
    const level = path !== undefined && quiet.includes(path) ? 'debug' : 'info';
    const requestId = keepRequestId(request);
    response.setHeader('X-Request-Id', requestId);
    response.once('close', () => {
      const status = response.writableFinished ? response.statusCode : 'aborted';
      logger[level]({ requestId, method, path, status, milliseconds: since(began) }, 'request');
    });
    next();
  };

const since = (began: number): number => Math.round((performance.now() - began) * 10) / 10;
