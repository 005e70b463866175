import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TradepostError } from '../../../domain/errors.js';
import { securityHeaders, sendProblem } from '../web/responses.js';

/** An ordinary HTTP answer in place of 101, and the end of the connection. */
export function refuseUpgrade(request: IncomingMessage, socket: Duplex, error: TradepostError): void {
  if (socket.destroyed) return;
  const response = new ServerResponse(request);
  // Node hands out net.Socket here, under the type of what else it could be.
  response.assignSocket(socket as Socket);
  response.shouldKeepAlive = false;
  response.once('finish', () => {
    response.detachSocket(socket as Socket);
    (socket as Socket).destroySoon();
  });
  const requestId = randomUUID();
  response.setHeader('X-Request-Id', requestId);
  response.setHeader('Cache-Control', 'no-store');
  // RFC 6455, 4.4: whoever came with another version is told which to come with.
  response.setHeader('Sec-WebSocket-Version', '13');
  securityHeaders(request, response, () => sendProblem(response, error, requestId));
}
