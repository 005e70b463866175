import type { IncomingMessage, Server } from 'node:http';
import { Server as SecureServer } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TradepostError } from '../../../domain/errors.js';
import { endWith } from '../web/answer.js';

/** Refuses an upgrade with an HTTP error, and ends the connection. */
export function refuseUpgrade(socket: Duplex, error: TradepostError, requestId?: string): void {
  // RFC 6455, 4.4: the answer names the supported version.
  endWith(socket, error, ['Sec-WebSocket-Version', '13'], requestId);
}

export const isWebSocketUpgrade = ({ headers }: IncomingMessage): boolean =>
  headers.upgrade?.toLowerCase() === 'websocket';

/**
 * Serves a request that offers an upgrade to an unsupported protocol, such as `Upgrade: h2c` for HTTP/2. A server may
 * ignore the offer (RFC 9110, 7.8). But with a listener for upgrades Node emits an upgrade for every such request and
 * leaves its body unread. So the request is written back into the socket without the offer, and the server starts to
 * read the connection again.
 */
export function serveWithoutUpgrade(
  server: Server | SecureServer,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  socket.unshift(Buffer.concat([Buffer.from(withoutOffer(request), 'latin1'), head]));
  server.emit(server instanceof SecureServer ? 'secureConnection' : 'connection', socket);
}

const OFFER_HEADERS = new Set(['upgrade', 'http2-settings']);

function withoutOffer({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    const key = name.toLowerCase();
    if (key === 'connection') lines.push(`${name}: ${remaining(value)}`);
    else if (!OFFER_HEADERS.has(key)) lines.push(`${name}: ${value}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** Returns the options of `Connection` that are not part of the offer: `close` or `keep-alive`. */
const remaining = (connection: string): string =>
  connection
    .split(',')
    .map(option => option.trim())
    .filter(option => !OFFER_HEADERS.has(option.toLowerCase()))
    .join(', ');
