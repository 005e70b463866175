import type { ServerResponse } from 'node:http';
import type { TradepostError } from '../../../domain/errors.js';
import { problemOf, retryAfterOf, statusOf } from '../operations/index.js';
import { MethodNotAllowed } from './http-errors.js';

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
  if (retryAfter !== null) response.setHeader('Retry-After', String(retryAfter));
  if (error instanceof MethodNotAllowed) response.setHeader('Allow', error.allow);
  if (error.code === 'unauthenticated') response.setHeader('WWW-Authenticate', 'Bearer');
  // A body that was not read to its end would be taken for the next request.
  if (error.code === 'payload_too_large') response.setHeader('Connection', 'close');
  sendJson(response, statusOf(error.code), problemOf(error, requestId), 'application/problem+json');
}
