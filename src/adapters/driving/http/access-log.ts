import type { RequestHandler } from 'express';
import type { Logger } from '../web/logger.js';
import type { OnAnswer } from './http-handler.js';

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
