import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import helmet from 'helmet';
import type { TradepostError } from '../../../domain/errors.js';
import { MethodNotAllowed, problemOf, retryAfterOf } from '../operations/index.js';

/** An HTTP answer, ready to be sent by any server: headers as names and values in turn. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: readonly string[];
  /** Null where there is none. */
  readonly body: string | null;
  /** Whether the connection ends with it, because the rest of the request is not read. */
  readonly close?: boolean;
  /** As in `X-Request-Id`, for the log. */
  readonly requestId?: string;
}

/**
 * Headers of every answer: it is data, to be shown in no page and kept in no cache (OWASP HTTP Headers and REST Security
 * Cheat Sheets). Computed once, since they are the same every time.
 */
export const SECURITY_HEADERS: readonly string[] = securityHeaders();

/** Headers of every answer to an operation, and of every refusal. */
export const BASE_HEADERS: readonly string[] = [...SECURITY_HEADERS, 'Cache-Control', 'no-store', 'Vary', 'Origin'];

function securityHeaders(): string[] {
  const headers: string[] = [];
  const response = {
    setHeader: (name: string, value: string) => headers.push(name, value),
    removeHeader: () => undefined,
  };
  const add = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"], 'base-uri': ["'none'"] },
    },
    xFrameOptions: { action: 'deny' },
  });
  add({} as IncomingMessage, response as unknown as ServerResponse, () => undefined);
  return headers;
}

export function jsonAnswer(
  status: number,
  headers: readonly string[],
  value: unknown,
  type = 'application/json',
): HttpAnswer {
  const body = JSON.stringify(value);
  const length = String(Buffer.byteLength(body));
  return { status, headers: [...headers, 'Content-Type', `${type}; charset=utf-8`, 'Content-Length', length], body };
}

export const emptyAnswer = (headers: readonly string[]): HttpAnswer => ({ status: 204, headers, body: null });

/** A problem (RFC 9457). Every error has one; the headers that belong to it are added. */
export function problemAnswer(error: TradepostError, requestId: string, headers: readonly string[]): HttpAnswer {
  const own: string[] = [...headers];
  const retryAfter = retryAfterOf(error);
  if (retryAfter !== null) own.push('Retry-After', String(retryAfter));
  if (error instanceof MethodNotAllowed) own.push('Allow', error.allow);
  if (error.code === 'unauthenticated') own.push('WWW-Authenticate', 'Bearer');
  const problem = problemOf(error, requestId);
  const answer = jsonAnswer(problem.status, own, problem, 'application/problem+json');
  return error.code === 'payload_too_large' ? { ...answer, close: true } : answer;
}

/** An answer as the bytes of HTTP/1.1, for a connection that no server writes to any more. It ends the connection. */
export function answerBytes({ status, headers, body }: HttpAnswer): Buffer {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, `Date: ${new Date().toUTCString()}`];
  for (let index = 0; index + 1 < headers.length; index += 2) lines.push(`${headers[index]}: ${headers[index + 1]}`);
  return Buffer.from(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n${body ?? ''}`);
}

/** Milliseconds the peer has to take the answer and hang up. */
const LINGER = 1_000;

/**
 * Ends a connection that may have unread bytes. Closing it at once would reset it, and the reset can overtake the answer
 * (RFC 9112, 9.6). So the end is sent, and what still arrives within a second is thrown away.
 */
export function closeGently(socket: Duplex): void {
  socket.end();
  const timer = setTimeout(() => socket.destroy(), LINGER).unref();
  socket.once('close', () => clearTimeout(timer));
  socket.resume();
}

/** Answers on a socket that no response is assigned to, and ends the connection. */
export function endWith(socket: Duplex, error: TradepostError, headers: readonly string[] = []): void {
  if (!socket.writable) return void socket.destroy();
  const requestId = randomUUID();
  socket.write(answerBytes(problemAnswer(error, requestId, [...BASE_HEADERS, ...headers, 'X-Request-Id', requestId])));
  closeGently(socket);
}
