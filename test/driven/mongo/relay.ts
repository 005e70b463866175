import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';

/** A proxy between the adapter and the server that forwards, cuts, swallows or rewrites the traffic. */
export class Relay {
  private readonly sockets = new Set<Socket>();
  private swallow = false;
  private readonly words = new Map<string, string>();
  private readonly server = createServer(inbound => {
    const outbound = connect(this.port, this.hostname);
    for (const [from, to] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      this.sockets.add(from);
      from.on('data', bytes => {
        if (!this.swallow) to.write(from === outbound ? this.rewrite(bytes) : bytes);
      });
      from.on('error', () => undefined);
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
    }
  });
  private readonly hostname: string;
  private readonly port: number;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.hostname = hostname;
    this.port = Number(port || 27017);
  }

  /** The URL of the relay. With `directConnection` a driver does not connect to the members of the replica set. */
  async listen(): Promise<string> {
    await new Promise<void>(resolve => this.server.listen(0, '127.0.0.1', resolve));
    const { port } = this.server.address() as AddressInfo;
    return `mongodb://127.0.0.1:${port}/?directConnection=true`;
  }

  /** Replaces a word in all answers by another of the same length. */
  replace(word: string, by: string): void {
    this.words.set(word, by);
  }

  private rewrite(bytes: Buffer): Buffer {
    const text = [...this.words].reduce((all, [word, by]) => all.replaceAll(word, by), bytes.toString('latin1'));
    return Buffer.from(text, 'latin1');
  }

  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  freeze(frozen: boolean): void {
    this.swallow = frozen;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise(resolve => this.server.close(resolve));
  }
}
