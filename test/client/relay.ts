import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

interface Pair {
  readonly inbound: Socket;
  readonly outbound: Socket;
  /** Data that is held back; undefined while nothing is. */
  held?: (() => void)[] | undefined;
}

/** A network between client and server that the test can break. */
export class Relay {
  private readonly pairs = new Set<Pair>();
  private cutsNextFrame = false;
  private readonly server = createServer(inbound => this.join(inbound));

  constructor(private readonly port: number) {}

  /** The port of the relay. */
  async listen(): Promise<number> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return (this.server.address() as AddressInfo).port;
  }

  cut(): void {
    for (const pair of this.pairs) this.destroy(pair);
  }

  /** Only half of the server's next chunk arrives. */
  cutNextFrame(): void {
    this.cutsNextFrame = true;
  }

  /** Holds back all data of the open connections, without closing them, until `release`. */
  hold(): void {
    for (const pair of this.pairs) pair.held ??= [];
  }

  release(): void {
    for (const pair of this.pairs) {
      const held = pair.held ?? [];
      pair.held = undefined;
      for (const pass of held) pass();
    }
  }

  async close(): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, 'close');
  }

  private join(inbound: Socket): void {
    const outbound = connect(this.port, '127.0.0.1');
    const pair: Pair = { inbound, outbound };
    this.pairs.add(pair);
    inbound.on('data', bytes => pass(pair, () => outbound.write(bytes)));
    outbound.on('data', bytes => pass(pair, () => this.deliver(pair, bytes)));
    for (const [socket, other] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        pass(pair, () => {
          this.pairs.delete(pair);
          other.destroy();
        });
      });
    }
  }

  private deliver(pair: Pair, bytes: Buffer): void {
    if (!this.cutsNextFrame) {
      pair.inbound.write(bytes);
      return;
    }
    this.cutsNextFrame = false;
    pair.inbound.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => this.destroy(pair));
  }

  private destroy({ inbound, outbound }: Pair): void {
    inbound.resetAndDestroy();
    outbound.resetAndDestroy();
  }
}

function pass({ held }: Pair, work: () => void): void {
  if (held) held.push(work);
  else work();
}
