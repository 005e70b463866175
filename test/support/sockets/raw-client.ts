import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { ReceivedFrame } from './frames.js';
import { framesIn } from './frames.js';

export const REQUEST = {
  start: 'GET /ws HTTP/1.1',
  Host: '127.0.0.1',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'Sec-WebSocket-Protocol': 'tradepost.v1',
};

/** Returns the text of a handshake. Headers that are undefined are left out. */
export function handshake(changes: Readonly<Record<string, string | undefined>> = {}): string {
  const { start, ...headers } = { ...REQUEST, ...changes };
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : `${name}: ${value}`));
  return `${[start, ...lines].join('\r\n')}\r\n\r\n`;
}

/** A connection that sends any bytes and records the response. */
export class RawClient {
  private received = Buffer.alloc(0);

  constructor(readonly socket: Socket) {
    socket.on('data', chunk => {
      this.received = Buffer.concat([this.received, chunk]);
    });
    // A server that closes during a flood resets the connection.
    socket.on('error', () => undefined);
  }

  get text(): string {
    return this.received.toString('latin1');
  }

  get status(): number {
    return Number(/^HTTP\/1\.1 (\d+)/.exec(this.text)?.[1]);
  }

  get frames(): ReceivedFrame[] {
    return framesIn(this.received.subarray(this.received.indexOf('\r\n\r\n') + 4));
  }

  /** The answers, parsed. */
  get answers(): { readonly id: unknown; readonly error?: { readonly code: number; readonly data: object } }[] {
    return this.frames.filter(({ opcode }) => opcode === 1).map(({ payload }) => JSON.parse(String(payload)));
  }

  /** The server's close code; undefined until it closes. */
  get closeCode(): number | undefined {
    return this.frames.find(({ opcode }) => opcode === 8)?.payload.readUInt16BE(0);
  }

  async gone(): Promise<void> {
    if (!this.socket.closed) await once(this.socket, 'close');
  }
}

/** `localAddress` is the address that the connection comes from: any of 127.0.0.0/8. */
export async function rawConnect(origin: string, localAddress = '127.0.0.1'): Promise<RawClient> {
  const socket = connect({ port: Number(new URL(origin).port), host: '127.0.0.1', localAddress });
  await once(socket, 'connect');
  return new RawClient(socket);
}
