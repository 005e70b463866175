import type { IncomingMessage, Server } from 'node:http';
import { Server as SecureServer } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TradepostError } from '../../../domain/errors.js';
import { endWith } from '../web/answer.js';

/** Sends an ordinary HTTP answer in place of 101, and ends the connection. */
export function refuseUpgrade(socket: Duplex, error: TradepostError): void {
  // RFC 6455, 4.4: a client with another version is told which one is spoken here.
  endWith(socket, error, ['Sec-WebSocket-Version', '13']);
}

export const isWebSocketUpgrade = ({ headers }: IncomingMessage): boolean =>
  headers.upgrade?.toLowerCase() === 'websocket';

/**
 * Has a request served that offers to change to a protocol nobody here speaks, as clients that would like HTTP/2 do
 * (`Upgrade: h2c`). The offer may be ignored (RFC 9110, 7.8), but Node hands over every request with one as soon as
 * somebody listens to upgrades, its body unread. So it is put back in front of its body, without the offer, and the
 * connection begins anew.
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

const OFFER = new Set(['upgrade', 'http2-settings']);

function withoutOffer({ method, url, httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name = '', value = ''] = rawHeaders.slice(index, index + 2);
    const key = name.toLowerCase();
    if (key === 'connection') lines.push(`${name}: ${remaining(value)}`);
    else if (!OFFER.has(key)) lines.push(`${name}: ${value}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** What else `Connection` names: `close` or `keep-alive`. */
const remaining = (connection: string): string =>
  connection
    .split(',')
    .map(option => option.trim())
    .filter(option => !OFFER.has(option.toLowerCase()))
    .join(', ');
