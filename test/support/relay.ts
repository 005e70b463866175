import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

interface Pair {
  readonly inbound: Socket;
  readonly outbound: Socket;
  /** Data that is held back; undefined while nothing is. */
  held?: (() => void)[] | undefined;
  /** The next data of the server is dropped, and the connection reset. */
  isCut?: boolean;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'mongodb:': 27_017, 'postgres:': 5432, 'postgresql:': 5432 };

/** A proxy between a client and a server that forwards, cuts, holds back, drops or rewrites the traffic. */
export class Relay {
  private readonly target: URL;
  private port = 0;
  private readonly pairs = new Set<Pair>();
  private readonly words = new Map<string, string>();
  private cutsNextFrame = false;
  /** Words of requests that are passed on, and whose connections are then reset before the answer. */
  private readonly unanswered = new Set<string>();
  private frozen = false;
  private closesNew = false;
  private readonly server = createServer(inbound => this.join(inbound));

  constructor(url: string) {
    this.target = new URL(url);
  }

  /** Returns the URL of the server with the host and port of the relay. */
  async listen(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    this.port = (this.server.address() as AddressInfo).port;
    url.port = String(this.port);
    if (url.protocol === 'mongodb:') {
      // Otherwise the driver connects to the members that the replica set names, past the relay.
      url.pathname ||= '/';
      url.searchParams.delete('replicaSet');
      url.searchParams.set('directConnection', 'true');
    }
    return url.href;
  }

  /** Resets every open connection. New ones are accepted. */
  cut(): void {
    for (const pair of this.pairs) this.destroy(pair);
  }

  /** Resets a connection in the middle of the server's next chunk. */
  cutNextFrame(): void {
    this.cutsNextFrame = true;
  }

  /** Passes on the next data of a client that has the word, and resets its connection as soon as the server answers. */
  cutAnswerTo(word: string): void {
    this.unanswered.add(word);
  }

  /** Closes every connection. Until `restore`, new ones are accepted and closed, or refused. */
  async shut(how: 'closing' | 'refusing'): Promise<void> {
    this.closesNew = how === 'closing';
    if (how === 'refusing') this.server.close();
    for (const { inbound, outbound } of this.pairs) {
      inbound.destroy();
      outbound.destroy();
    }
  }

  async restore(): Promise<void> {
    this.closesNew = false;
    if (this.server.listening) return;
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
  }

  get connections(): number {
    return this.pairs.size;
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

  /** While frozen, the relay accepts connections and drops all data. */
  freeze(frozen: boolean): void {
    this.frozen = frozen;
  }

  /** Replaces a word in all data of the server by another of the same length. */
  replace(word: string, by: string): void {
    this.words.set(word, by);
  }

  async close(): Promise<void> {
    this.cut();
    if (!this.server.listening) return;
    this.server.close();
    await once(this.server, 'close');
  }

  private join(inbound: Socket): void {
    if (this.closesNew) {
      inbound.on('error', () => undefined).destroy();
      return;
    }
    const { hostname, port, protocol } = this.target;
    const outbound = connect(Number(port || DEFAULT_PORTS[protocol]), hostname);
    const pair: Pair = { inbound, outbound };
    this.pairs.add(pair);
    inbound.on('data', bytes => {
      this.markCut(pair, bytes);
      this.pass(pair, () => outbound.write(bytes));
    });
    outbound.on('data', bytes => this.pass(pair, () => this.deliver(pair, this.rewrite(bytes))));
    for (const [socket, other] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        const end = (): void => {
          this.pairs.delete(pair);
          other.destroy();
        };
        if (pair.held) pair.held.push(end);
        else end();
      });
    }
  }

  private pass(pair: Pair, write: () => void): void {
    if (this.frozen) return;
    if (pair.held) pair.held.push(write);
    else write();
  }

  private rewrite(bytes: Buffer): Buffer {
    if (this.words.size === 0) return bytes;
    const text = [...this.words].reduce((all, [word, by]) => all.replaceAll(word, by), bytes.toString('latin1'));
    return Buffer.from(text, 'latin1');
  }

  private markCut(pair: Pair, bytes: Buffer): void {
    for (const word of this.unanswered) {
      if (!bytes.includes(word)) continue;
      this.unanswered.delete(word);
      pair.isCut = true;
    }
  }

  private deliver(pair: Pair, bytes: Buffer): void {
    if (pair.isCut) {
      this.destroy(pair);
      return;
    }
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
