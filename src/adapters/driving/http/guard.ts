import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CallerView } from '../web/http-core.js';
import { HttpCore } from '../web/http-core.js';
import { nodeRequest } from '../web/http-request.js';
import type { WebOptions } from '../web/options.js';
import { prepareWeb } from '../web/options.js';
import type { HttpTarget } from './http-handler.js';
import { sendAnswer } from './send-answer.js';

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
