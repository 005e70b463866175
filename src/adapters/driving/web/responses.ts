import type { ServerResponse } from 'node:http';
import helmet from 'helmet';
import type { TradepostError } from '../../../domain/errors.js';
import { MethodNotAllowed, problemOf, retryAfterOf } from '../operations/index.js';

/**
 * Headers for an API: its responses are data that no page embeds (OWASP HTTP Headers and REST Security Cheat Sheets).
 */
export const securityHeaders = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"], 'base-uri': ["'none'"] },
  },
  xFrameOptions: { action: 'deny' },
});

export function sendJson(response: ServerResponse, status: number, value: unknown, type = 'application/json'): void {
  const body = Buffer.from(JSON.stringify(value));
  response.statusCode = status;
  response.setHeader('Content-Type', `${type}; charset=utf-8`);
  response.setHeader('Content-Length', body.length);
  response.end(body);
}

export function sendEmpty(response: ServerResponse): void {
  response.statusCode = 204;
  response.end();
}

export function sendProblem(response: ServerResponse, error: TradepostError, requestId: string): void {
  const retryAfter = retryAfterOf(error);
  const problem = problemOf(error, requestId);
  if (retryAfter !== null) response.setHeader('Retry-After', String(retryAfter));
  if (error instanceof MethodNotAllowed) response.setHeader('Allow', error.allow);
  if (problem.code === 'unauthenticated') response.setHeader('WWW-Authenticate', 'Bearer');
  // The rest of a body that was not read would be parsed as the next request.
  if (problem.code === 'payload_too_large') response.setHeader('Connection', 'close');
  sendJson(response, problem.status, problem, 'application/problem+json');
}
