import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HttpAnswer } from '../web/answer.js';
import { MAX_BODY } from '../web/body.js';
import { closeGently } from '../web/end-connection.js';

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
