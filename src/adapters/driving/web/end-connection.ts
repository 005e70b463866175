import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { TradepostError } from '../../../domain/errors.js';
import { answerBytes, BASE_HEADERS, problemAnswer } from './answer.js';

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
