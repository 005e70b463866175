import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Observer } from '../../../application/ports/driven/observer.js';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import type { HttpAnswer } from '../web/answer.js';
import { closeGently } from '../web/answer.js';
import type { CallerView } from '../web/http-core.js';
import { HttpCore } from '../web/http-core.js';
import { nodeRequest, stripBase } from '../web/http-request.js';
import type { WebOptions } from '../web/options.js';
import { prepareWeb } from '../web/options.js';
import { MAX_BODY } from '../web/read-input.js';
import { flawOfHead } from '../web/request-checks.js';

/** The part of Tradepost that a handler needs. `createTradepost` returns it. */
export interface HttpTarget {
  /** Everything callers can do. */
  readonly useCases: UseCases;
  /** The observer of `createTradepost`, which sees every call. */
  readonly observer?: Observer | undefined;
}

/** A request listener of `node:http` or, with `next`, middleware. */
export type HttpHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: (error?: unknown) => void,
) => void;

/** Called after each answer, for the access log. `began` is the `performance.now()` of the request's start. */
export type OnAnswer = (request: IncomingMessage, response: ServerResponse, answer: HttpAnswer, began: number) => void;

/**
 * Every operation over HTTP, for `node:http`, connect, Express 4 and 5 and fastify with middleware
 * (`@fastify/middie`, `@fastify/express`), mounted at any path. Calls `next` for other paths; without `next` the answer
 * is `route_not_found`.
 *
 * @throws TypeError naming the option that is wrong
 */
export function httpHandler({ useCases, observer }: HttpTarget, options: WebOptions): HttpHandler {
  const web = prepareWeb(options);
  return nodeHandler(new HttpCore(useCases, web, observer), web.basePath);
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

/** Sends an answer in one write. Does nothing if the connection is closed or an answer was sent before. */
export function sendAnswer(request: IncomingMessage, response: ServerResponse, answer: HttpAnswer): void {
  if (response.headersSent || response.destroyed) return;
  const { status, headers, body } = answer;
  const ends = answer.close || leavesMuchUnread(request);
  if (ends || !response.shouldKeepAlive) request.socket.destroySoon = () => closeGently(request.socket);
  // Express adds this header before it calls handlers.
  response.removeHeader('X-Powered-By');
  response.writeHead(status, (ends ? [...headers, 'Connection', 'close'] : headers) as string[]);
  response.end(body ?? undefined);
}

/**
 * Whether reading the rest of the body would cost more than a new connection. Node reads and discards the unread rest of
 * a body. That is cheap for a small body; with a large body, or one of unknown length, the connection has to end.
 */
const leavesMuchUnread = ({ complete, headers }: IncomingMessage): boolean =>
  !complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > MAX_BODY);

declare module 'http' {
  interface IncomingMessage {
    /** The caller. Set by `requireSession`. */
    tradepost?: CallerView;
  }
}

/** Middleware for connect, Express and fastify's middleware plugins. */
export type Guard = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

/**
 * Guards the application's own routes with Tradepost's sessions: sets `request.tradepost` to `{ user, session }`. A
 * request without a live session is refused with `unauthenticated` (401), one from a foreign origin with
 * `origin_forbidden` (403) unless its method is GET, HEAD or OPTIONS.
 *
 * @throws TypeError naming the option that is wrong
 */
export function requireSession({ useCases, observer }: HttpTarget, options: WebOptions): Guard {
  const core = new HttpCore(useCases, prepareWeb(options), observer);
  return (request, response, next) => {
    void core.guard(nodeRequest(request)).then(verdict => {
      if ('refusal' in verdict) return sendAnswer(request, response, verdict.refusal);
      request.tradepost = verdict.caller;
      next();
    });
  };
}
