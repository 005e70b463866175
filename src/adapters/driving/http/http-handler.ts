import type { IncomingMessage, ServerResponse } from 'node:http';
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

/** Sends an answer in one write. A peer that has gone in the meantime gets nothing, and that is no error. */
export function sendAnswer(request: IncomingMessage, response: ServerResponse, answer: HttpAnswer): void {
  if (response.headersSent || response.destroyed) return;
  const { status, headers, body } = answer;
  const ends = answer.close || leavesMuchUnread(request);
  if (ends) request.socket.destroySoon = () => closeGently(request.socket);
  // Express adds it before handlers are called.
  response.removeHeader('X-Powered-By');
  response.writeHead(status, (ends ? [...headers, 'Connection', 'close'] : headers) as string[]);
  response.end(body ?? undefined);
}

/**
 * Node reads the rest of a body that nobody wanted and keeps the connection. That is cheaper than a new connection for a
 * small body; with a large one, or one that does not say how large it is, the connection ends.
 */
const leavesMuchUnread = ({ complete, headers }: IncomingMessage): boolean =>
  !complete && (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > MAX_BODY);

declare module 'http' {
  interface IncomingMessage {
    /** Who asks: put there by `requireSession`. */
    tradepost?: CallerView;
  }
}

/** Middleware, with the parameters that connect, Express and fastify's middleware plugins share. */
export type Guard = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

/**
 * Guards routes of the application's own with Tradepost's sessions: `request.tradepost` is `{ user, session }` behind it.
 * Without a session that holds the request is answered with `unauthenticated` (401); one that changes something and comes from a foreign
 * origin with `origin_forbidden` (403). GET, HEAD and OPTIONS count as changing nothing.
 *
 * @throws TypeError naming the option that is wrong
 */
export function requireSession({ useCases }: HttpTarget, options: WebOptions): Guard {
  const core = new HttpCore(useCases, prepareWeb(options));
  return (request, response, next) => {
    void core.guard(nodeRequest(request)).then(verdict => {
      if ('refusal' in verdict) return sendAnswer(request, response, verdict.refusal);
      request.tradepost = verdict.owner;
      next();
    });
  };
}
