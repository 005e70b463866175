import type { Duplex } from 'node:stream';
import type { TradepostError } from '../../../domain/errors.js';
import { endWith } from '../web/end-connection.js';

/** Sends an ordinary HTTP answer in place of 101, and ends the connection. */
export function refuseUpgrade(socket: Duplex, error: TradepostError): void {
  // RFC 6455, 4.4: a client with another version is told which one is spoken here.
  endWith(socket, error, ['Sec-WebSocket-Version', '13']);
}
