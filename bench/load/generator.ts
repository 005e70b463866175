import { type RunningPeer, startPeer } from '../processes.js';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface HttpLoad {
  readonly origin: string;
  /** The requests of each connection, which it repeats in turn, one at a time. */
  readonly connections: readonly (readonly HttpRequest[])[];
  readonly seconds: number;
  /** Statuses that are counted as refusals; any other that is not 2xx ends the bench. None if left out. */
  readonly allowed?: readonly number[];
}

export interface SocketLoad {
  /** Of the WebSocket endpoint. */
  readonly url: string;
  /** One socket each. */
  readonly tokens: readonly string[];
  /** Sent over each socket, again after each answer. */
  readonly text: string;
  readonly seconds: number;
}

export interface LoadResult {
  readonly answers: number;
  readonly refused: number;
  /** From the first request to the last answer. */
  readonly seconds: number;
  /** Milliseconds from request to answer. */
  readonly p50: number;
  readonly p99: number;
}

/** A process that sends requests. Its CPU time is not counted. */
export class LoadGenerator<Load extends object> {
  private constructor(private readonly peer: RunningPeer) {}

  static async http(): Promise<LoadGenerator<HttpLoad>> {
    return new LoadGenerator(await startPeer('load/http-load.mjs', {}));
  }

  static async sockets(): Promise<LoadGenerator<SocketLoad>> {
    return new LoadGenerator(await startPeer('load/socket-load.mjs', {}));
  }

  /** `settings` are those of `peers/writers.mjs`. */
  static async writers(settings: object): Promise<LoadGenerator<{ readonly seconds: number }>> {
    return new LoadGenerator(await startPeer('peers/writers.mjs', settings));
  }

  get pid(): number {
    return this.peer.pid;
  }

  /** @throws Error for statuses that are not allowed and for broken connections. */
  async run(load: Load): Promise<LoadResult> {
    const { child, output } = this.peer;
    const result = await new Promise<LoadResult | { readonly error: string }>((resolve, reject) => {
      const onExit = (): void => reject(new Error(`the load generator ended: ${output()}`));
      child.once('exit', onExit);
      child.once('message', message => {
        child.off('exit', onExit);
        resolve(message as LoadResult);
      });
      child.send({ allowed: [], ...load });
    });
    if ('error' in result) throw new Error(result.error);
    return result;
  }

  stop(): Promise<void> {
    return this.peer.stop();
  }
}
