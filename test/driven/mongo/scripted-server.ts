import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { BSON } from 'mongodb';

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;

export type Command = Readonly<Record<string, unknown>>;

/** Returns the answer to a command; undefined for none. */
export type Script = (command: Command) => Promise<object | undefined> | object | undefined;

/**
 * Implements enough of MongoDB's wire protocol to pass for the primary of a replica set, and answers all other commands
 * from a script: for behaviour that the MongoDB of the tests may not have.
 */
export class ScriptedServer {
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer(socket => this.onConnection(socket));

  constructor(private readonly script: Script) {}

  async listen(): Promise<string> {
    await new Promise<void>(resolve => this.server.listen(0, '127.0.0.1', resolve));
    const { port } = this.server.address() as AddressInfo;
    return `mongodb://127.0.0.1:${port}/?directConnection=true`;
  }

  /** Breaks every connection. New ones are accepted. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise(resolve => this.server.close(resolve));
  }

  private onConnection(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
    let pending = Buffer.alloc(0);
    socket.on('data', bytes => {
      pending = Buffer.concat([pending, bytes]);
      while (pending.length >= 16 && pending.length >= pending.readInt32LE(0)) {
        const length = pending.readInt32LE(0);
        void this.onMessage(socket, pending.subarray(0, length));
        pending = pending.subarray(length);
      }
    });
  }

  private async onMessage(socket: Socket, message: Buffer): Promise<void> {
    const [requestId, operation] = [message.readInt32LE(4), message.readInt32LE(12)];
    // An OP_QUERY names a collection and two numbers before its document; an OP_MSG flags and the kind of section.
    const start = operation === OP_QUERY ? message.indexOf(0, 20) + 9 : 21;
    const command = BSON.deserialize(message.subarray(start, start + message.readInt32LE(start)));
    const answer = 'hello' in command || 'ismaster' in command ? HELLO : await this.script(command);
    if (answer && !socket.destroyed) socket.write(reply(requestId, operation, answer));
  }
}

const HELLO = {
  ok: 1,
  isWritablePrimary: true,
  ismaster: true,
  helloOk: true,
  setName: 'scripted',
  hosts: ['127.0.0.1:1'],
  minWireVersion: 0,
  maxWireVersion: 21,
  maxBsonObjectSize: 16_777_216,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  logicalSessionTimeoutMinutes: 30,
};

function reply(requestId: number, operation: number, answer: object): Buffer {
  const body = BSON.serialize(answer);
  const isQuery = operation === OP_QUERY;
  const head = Buffer.alloc(isQuery ? 36 : 21);
  head.writeInt32LE(head.length + body.length, 0);
  head.writeInt32LE(requestId, 8);
  head.writeInt32LE(isQuery ? OP_REPLY : OP_MSG, 12);
  if (isQuery) head.writeInt32LE(1, 32);
  return Buffer.concat([head, body]);
}
