import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Server as SecureServer } from 'node:https';
import type { TradepostError } from '../../../domain/errors.js';
import { BASE_HEADERS, problemAnswer } from '../web/answer.js';

/**
 * Serves GET requests for the path of sockets that offer no upgrade. Browsers hide from a page why a handshake failed;
 * this answer shows it. Pages of every origin may read it, because it depends on neither user nor session.
 *
 * Replaces the listeners that the server has so far, and calls them for all other requests.
 */
export function answerPlainRequests(
  server: Server | SecureServer,
  path: string,
  /** Returns why a handshake from there would fail. */
  refusalOf: (request: IncomingMessage) => TradepostError,
): void {
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (request.method === 'GET' && isPath(request.url ?? '', path)) return answer(response, refusalOf(request));
    for (const listener of listeners) listener.call(server, request, response);
  });
}

const QUERY = 0x3f;

const isPath = (url: string, path: string): boolean =>
  url.startsWith(path) && (url.length === path.length || url.charCodeAt(path.length) === QUERY);

function answer(response: ServerResponse, refusal: TradepostError): void {
  const requestId = randomUUID();
  const own = ['X-Request-Id', requestId, 'Access-Control-Allow-Origin', '*'];
  const { status, headers, body } = problemAnswer(refusal, requestId, [...BASE_HEADERS, ...own]);
  response.writeHead(status, [...headers]);
  response.end(body);
}
