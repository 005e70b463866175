import type { IncomingMessage, ServerResponse } from 'node:http';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import type { HttpAnswer } from '../web/answer.js';
import { HttpCore } from '../web/http-core.js';
import { nodeRequest, stripBase } from '../web/http-request.js';
import type { WebOptions } from '../web/options.js';
import { prepareWeb } from '../web/options.js';
import { flawOfHead } from '../web/request-head.js';
import { sendAnswer } from './send-answer.js';

/** What a handler needs of Tradepost: `createTradepost` returns one. */
export interface HttpTarget {
  readonly useCases: UseCases;
}

/** Works as a listener of `node:http`, and as middleware wherever middleware has these three parameters. */
export type HttpHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: (error?: unknown) => void,
) => void;

/** Told of every answer, for the access log. */
export type OnAnswer = (request: IncomingMessage, response: ServerResponse, answer: HttpAnswer, began: number) => void;

/**
 * Every operation over HTTP, for `node:http`, connect, Express 4 and 5 and fastify with middleware
 * (`@fastify/middie`, `@fastify/express`), mounted at any path. Other paths go on to `next`; where there is none they
 * are answered with `route_not_found`.
 *
 * @throws TypeError naming the option that is wrong
 */
export function httpHandler({ useCases }: HttpTarget, options: WebOptions): HttpHandler {
  const web = prepareWeb(options);
  return nodeHandler(new HttpCore(useCases, web), web.basePath);
}

export function nodeHandler(core: HttpCore, basePath = '', onAnswer?: OnAnswer): HttpHandler {
  return (request, response, next) => {
    const began = onAnswer ? performance.now() : 0;
    const arrived = nodeRequest(request);
    const target = basePath === '' ? arrived : { ...arrived, target: stripBase(arrived.target, basePath) };
    const send = (answer: HttpAnswer): void => {
      sendAnswer(request, response, answer);
      onAnswer?.(request, response, answer, began);
    };
    const flaw = flawOfHead(request);
    if (flaw) return send(core.refuse(target, flaw));
    const answering = core.handle(target);
    if (!answering && next) return next();
    void (answering ?? core.notFound(target)).then(send);
  };
}
