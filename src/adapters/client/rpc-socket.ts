import type { Problem } from '../driving/operations/index.js';
import { reasonOf } from './closings.js';
import { ClientError, unreachable } from './errors.js';
import type { WebSocketConstructor, WebSocketLike } from './web-socket.js';

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly data: Problem & { readonly retryAfter?: number } };
  readonly method?: string;
  readonly params?: unknown;
}

interface Waiting {
  resolve(result: unknown): void;
  reject(error: ClientError): void;
}

/** Milliseconds the other end has to answer the closing; then the connection is let go, where that can be done. */
const CLOSING_PATIENCE = 1_000;

/** One WebSocket, with requests that are answered and notifications that come by themselves. */
export class RpcSocket {
  /** Why it is over. Never rejects. */
  readonly closed: Promise<ClientError>;
  private readonly socket: WebSocketLike;
  private readonly waiting = new Map<number, Waiting>();
  /** Messages until the socket is open; undefined from then on. */
  private unsent: string[] | undefined = [];
  private lastId = 0;
  private reason: ClientError | undefined;
  private onClosed: (reason: ClientError) => void = () => undefined;

  constructor(
    url: string,
    WebSocket: WebSocketConstructor,
    private readonly onNotification: (method: string, params: unknown) => void,
  ) {
    this.closed = new Promise(resolve => {
      this.onClosed = resolve;
    });
    this.socket = new WebSocket(url, ['tradepost.v1']);
    this.socket.addEventListener('open', () => this.onOpen());
    this.socket.addEventListener('message', ({ data }) => this.onMessage(String(data)));
    // What there is to do about an error is done at the close that follows it.
    this.socket.addEventListener('error', () => undefined);
    this.socket.addEventListener('close', ({ code }) => this.finish(reasonOf(code)));
  }

  get isOver(): boolean {
    return this.reason !== undefined;
  }

  call(method: string, params: object = {}): Promise<unknown> {
    if (this.reason) return Promise.reject(this.reason);
    this.lastId += 1;
    const id = this.lastId;
    const text = JSON.stringify({ jsonrpc: '2.0', id, method, params });
    if (this.unsent) this.unsent.push(text);
    else this.socket.send(text);
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  /** Ends it at once, and nothing comes from it any more; the network may take its time, or never answer. */
  drop(reason: ClientError): void {
    if (this.isOver) return;
    this.finish(reason);
    this.socket.close(1000);
    const timer: { unref?(): void } = setTimeout(() => this.socket.terminate?.(), CLOSING_PATIENCE);
    timer.unref?.();
  }

  private onOpen(): void {
    const unsent = this.unsent ?? [];
    this.unsent = undefined;
    for (const text of unsent) this.socket.send(text);
  }

  private finish(reason: ClientError): void {
    if (this.reason) return;
    this.reason = reason;
    for (const { reject } of this.waiting.values()) reject(reason);
    this.waiting.clear();
    this.onClosed(reason);
  }

  private onMessage(text: string): void {
    if (this.reason) return;
    try {
      const message = JSON.parse(text) as Answer;
      if (message.method !== undefined) this.onNotification(message.method, message.params);
      else if (message.id !== undefined) this.settle(message.id, message);
    } catch (error) {
      this.drop(unreachable('The server sent what is not of this protocol.', { cause: error }));
    }
  }

  private settle(id: number, { result, error }: Answer): void {
    const failure = error && errorOf(error);
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (failure) waiting?.reject(failure);
    else waiting?.resolve(result);
  }
}

/** Throws where it is not an error of Tradepost's. */
function errorOf({ data }: NonNullable<Answer['error']>): ClientError {
  const { retryAfter = null, ...problem } = data;
  return new ClientError(problem.detail, problem.code, { problem, retryAfter });
}
