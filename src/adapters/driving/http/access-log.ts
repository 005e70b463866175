import type { RequestHandler } from 'express';
import type { Logger } from '../web/logger.js';

/**
 * One line a request. Neither query, headers nor body: what people search for and log in with is nobody's business
 * in a log.
 */
export const accessLog =
  (logger: Logger): RequestHandler =>
  (request, response, next) => {
    const began = performance.now();
    const { method, path } = request;
    response.once('close', () => {
      const milliseconds = Math.round((performance.now() - began) * 10) / 10;
      const requestId = response.getHeader('X-Request-Id');
      const status = response.writableFinished ? response.statusCode : 'aborted';
      logger.info({ requestId, method, path, status, milliseconds }, 'request');
    });
    next();
  };
