import type { Problem } from '../driving/operations/index.js';
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

export interface RpcSocketListener {
  onOpen(): void;
  onNotification(method: string, params: unknown): void;
  /** Once; nothing comes after it. 1006 where the connection broke without a word. */
  onClose(code: number, reason: string): void;
}

const BROKEN = 1006;

/** One WebSocket, with requests that are answered and notifications that come by themselves. */
export class RpcSocket {
  private readonly socket: WebSocketLike;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private over = false;

  constructor(
    url: string,
    WebSocket: WebSocketConstructor,
    private readonly listener: RpcSocketListener,
  ) {
    this.socket = new WebSocket(url, ['tradepost.v1']);
    this.socket.addEventListener('open', () => {
      if (!this.over) listener.onOpen();
    });
    this.socket.addEventListener('message', ({ data }) => this.onMessage(data));
    // What there is to do about an error is done at the close that follows it.
    this.socket.addEventListener('error', () => undefined);
    this.socket.addEventListener('close', ({ code, reason }) => this.finish(code, reason));
  }

  call(method: string, params: object): Promise<unknown> {
    this.lastId += 1;
    const id = this.lastId;
    return new Promise((resolve, reject) => {
      if (this.over) {
        reject(unreachable(undefined));
        return;
      }
      this.waiting.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  /** Ends it for the listener at once; the network may take its time, or never answer. */
  close(code = 1000, reason = ''): void {
    this.socket.close(code, reason);
    this.finish(BROKEN, reason);
  }

  private finish(code: number, reason: string): void {
    if (this.over) return;
    this.over = true;
    for (const { reject } of this.waiting.values()) reject(unreachable(undefined));
    this.waiting.clear();
    this.listener.onClose(code, reason);
  }

  private onMessage(data: unknown): void {
    if (this.over) return;
    const answer = JSON.parse(String(data)) as Answer;
    if (answer.method !== undefined) this.listener.onNotification(answer.method, answer.params);
    else if (answer.id !== undefined) this.settle(answer.id, answer);
  }

  private settle(id: number, { result, error }: Answer): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (!error) {
      waiting?.resolve(result);
      return;
    }
    const { detail, code, retryAfter = null } = error.data;
    waiting?.reject(new ClientError(detail, code, error.data, retryAfter));
  }
}
