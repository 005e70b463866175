import { createHash } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { StorageHealth } from '../../../application/ports/driven/storage.js';
import { jsonAnswer, SECURITY_HEADERS } from '../web/answer.js';
import type { Logger } from '../web/logger.js';
import type { OnAnswer } from './http-handler.js';
import { sendAnswer } from './http-handler.js';

export interface HealthSource {
  check(): Promise<StorageHealth>;
  /** Whether the process is about to end and should get no new requests. */
  isDraining(): boolean;
  readonly logger: Logger;
}

const HEADERS = [...SECURITY_HEADERS, 'Cache-Control', 'no-store'];

/** The process answers; the database is not asked. */
export const liveness: RequestHandler = (request, response) =>
  sendAnswer(request, response, jsonAnswer(200, HEADERS, { status: 'ok' }));

/**
 * Whether the server can serve: 200 or 503. Why it cannot is for the log alone, since the reason names hosts and roles
 * and anybody may ask.
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

/** Answers with a document that does not change while the process runs: put into bytes once, with an ETag (RFC 9110, 8.8.3). */
export function serveDocument(describe: () => object): RequestHandler {
  let prepared: { readonly bytes: Buffer; readonly etag: string } | undefined;
  return (request, response) => {
    prepared ??= prepare(describe());
    const { bytes, etag } = prepared;
    const headers = [...SECURITY_HEADERS, 'Cache-Control', 'no-cache', 'ETag', etag];
    if (request.headers['if-none-match']?.includes(etag)) return void response.writeHead(304, headers).end();
    headers.push('Content-Type', 'application/json; charset=utf-8', 'Content-Length', String(bytes.length));
    response.writeHead(200, headers).end(bytes);
  };
}

function prepare(document: object): { bytes: Buffer; etag: string } {
  const bytes = Buffer.from(JSON.stringify(document));
  return { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url')}"` };
}

/*
 * One line a request. Neither query, headers nor body: what people search for and log in with is nobody's business in a
 * log.
 */

/** For answers of the core, which are sent in one piece. */
export const logAnswers =
  (logger: Logger): OnAnswer =>
  (request, response, { status, requestId }, began) => {
    const path = pathOf(request.url ?? '');
    const sent = response.socket?.destroyed === false ? status : 'aborted';
    logger.info({ requestId, method: request.method, path, status: sent, milliseconds: since(began) }, 'request');
  };

/** For what Express serves. */
export const accessLog =
  (logger: Logger): RequestHandler =>
  (request, response, next) => {
    const began = performance.now();
    const { method, path } = request;
    response.once('close', () => {
      const status = response.writableFinished ? response.statusCode : 'aborted';
      logger.info({ method, path, status, milliseconds: since(began) }, 'request');
    });
    next();
  };

const since = (began: number): number => Math.round((performance.now() - began) * 10) / 10;

function pathOf(url: string): string {
  const mark = url.indexOf('?');
  return mark === -1 ? url : url.slice(0, mark);
}
