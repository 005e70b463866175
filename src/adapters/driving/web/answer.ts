import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { TradepostError } from '../../../domain/errors.js';
import { helmet } from '../../../peers/helmet.js';
import type { ProblemCode } from '../operations/index.js';
import { MethodNotAllowed, problemOf, retryAfterOf } from '../operations/index.js';

/** An HTTP answer for any server. `headers` are names and values in turn. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: readonly string[];
  /** Null if there is none. */
  readonly body: string | null;
  /** Whether the connection ends after the answer, because the rest of the request is not read. */
  readonly close?: boolean;
  /** The value of `X-Request-Id`, for the log. */
  readonly requestId?: string;
  /** The path of the operation's route, for the log. Paths of requests may hold anything. */
  readonly route?: string;
  /** The code of the problem; left out where there is none. */
  readonly code?: ProblemCode;
}

/**
 * Headers of every answer. They keep browsers from showing data as a page (OWASP HTTP Headers and REST Security Cheat
 * Sheets). Computed once, because they are always the same.
 */
export const SECURITY_HEADERS: readonly string[] = securityHeaders();

/** Headers of every answer to an operation, and of every refusal: no cache may keep them. */
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

/** Returns the answer for an error: its problem (RFC 9457), and the headers that belong to it. */
export function problemAnswer(error: TradepostError, requestId: string, headers: readonly string[]): HttpAnswer {
  const own: string[] = [...headers];
  const retryAfter = retryAfterOf(error);
  if (retryAfter !== null) own.push('Retry-After', String(retryAfter));
  if (error instanceof MethodNotAllowed) own.push('Allow', error.allow);
  if (error.code === 'unauthenticated') own.push('WWW-Authenticate', 'Bearer');
  const problem = problemOf(error, requestId);
  const answer = { ...jsonAnswer(problem.status, own, problem, 'application/problem+json'), code: problem.code };
  return error.code === 'payload_too_large' ? { ...answer, close: true } : answer;
}

/** Returns an answer as HTTP/1.1, for a connection without a `ServerResponse`. The answer ends the connection. */
export function answerBytes({ status, headers, body }: HttpAnswer): Buffer {
  const lines = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, `Date: ${new Date().toUTCString()}`];
  for (let index = 0; index + 1 < headers.length; index += 2) lines.push(`${headers[index]}: ${headers[index + 1]}`);
  return Buffer.from(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n${body ?? ''}`);
}

/** Milliseconds the peer has to read the answer and close the connection. */
const LINGER = 1_000;

/**
 * Ends a connection that may have unread bytes. Closing it at once would reset it, and the reset can overtake the answer
 * (RFC 9112, 9.6). So only the sending side is ended; what arrives within the next second is discarded.
 */
export function closeGently(socket: Duplex): void {
  socket.end();
  const timer = setTimeout(() => socket.destroy(), LINGER).unref();
  socket.once('close', () => clearTimeout(timer));
  socket.resume();
}

/** Sends the answer for an error over a connection without a `ServerResponse`, and ends the connection. */
export function endWith(
  socket: Duplex,
  error: TradepostError,
  headers: readonly string[] = [],
  requestId: string = randomUUID(),
): void {
  // An answer ended the connection already, and the peer may not have read it yet.
  if (!socket.writable) return void closeGently(socket);
  socket.write(answerBytes(problemAnswer(error, requestId, [...BASE_HEADERS, ...headers, 'X-Request-Id', requestId])));
  closeGently(socket);
}
