import type { Problem } from '../driving/operations/error-table.js';
import { SUBPROTOCOL } from '../driving/websocket/protocol.js';
import { ClientError, reasonOf, unreachable } from './errors.js';
import type { DebugLog } from './watcher.js';

/** The part of the browser's WebSocket that the client uses. That of `ws` and the global one of Node 22 fit. */
export interface WebSocketLike {
  /** Sends a text message. */
  send(text: string): void;
  /** Closes the socket. */
  close(code?: number, reason?: string): void;
  /** Only the WebSocket of `ws` has it. */
  terminate?(): void;
  /** Calls the listener when the socket is open, or when it failed. */
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  /** Calls the listener with each message. */
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void;
  /** Calls the listener when the socket is closed, with the code of RFC 6455. */
  addEventListener(type: 'close', listener: (event: { readonly code: number; readonly reason?: string }) => void): void;
}

/** Opens a socket; the global `WebSocket`, or that of `ws`. */
export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike;

export interface RpcSocketParts {
  readonly WebSocket: WebSocketConstructor;
  readonly debug: DebugLog;
}

interface Message {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly data: Problem & { readonly retryAfter?: number } };
  readonly method?: string;
  readonly params?: unknown;
}

interface PendingCall {
  resolve(result: unknown): void;
  reject(error: ClientError): void;
}

/** Milliseconds for the server to answer a close frame; after that the connection is terminated, where possible. */
const CLOSE_PATIENCE = 1_000;

/** One WebSocket with requests, which are answered, and notifications, which the server sends by itself. */
export class RpcSocket {
  /** Settles when the socket is over, with the reason. Never rejects. */
  readonly closed: Promise<ClientError>;
  /** Whether the handshake succeeded. */
  wasOpen = false;
  private readonly socket: WebSocketLike;
  private readonly pending = new Map<number, PendingCall>();
  /** Messages to send when the socket opens; undefined from then on. */
  private unsent: string[] | undefined = [];
  private lastId = 0;
  private reason: ClientError | undefined;
  private settleClosed: (reason: ClientError) => void = () => undefined;

  constructor(
    url: URL,
    private readonly parts: RpcSocketParts,
    private readonly onNotification: (method: string, params: unknown) => void,
  ) {
    const { WebSocket, debug } = parts;
    this.closed = new Promise(resolve => {
      this.settleClosed = resolve;
    });
    // Without the query, which the application may have put a secret into.
    debug('socket opening', { url: `${url.protocol}//${url.host}${url.pathname}` });
    this.socket = new WebSocket(url.href, [SUBPROTOCOL]);
    this.socket.addEventListener('open', () => this.onOpen());
    this.socket.addEventListener('message', ({ data }) => this.onMessage(String(data)));
    // A close event follows each error and is enough.
    this.socket.addEventListener('error', () => undefined);
    this.socket.addEventListener('close', ({ code, reason }) => this.onClose(code, reason));
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
    return new Promise((resolve, reject) => this.pending.set(id, { resolve, reject }));
  }

  /** Ends the socket at once and ignores everything that still arrives; the network may take longer, or never answer. */
  drop(reason: ClientError): void {
    if (this.isOver) return;
    this.parts.debug('socket dropped', { code: reason.code, reason: reason.message });
    this.finish(reason);
    this.socket.close(1000);
    const timer: { unref?(): void } = setTimeout(() => this.socket.terminate?.(), CLOSE_PATIENCE);
    timer.unref?.();
  }

  private onOpen(): void {
    this.parts.debug('socket open');
    this.wasOpen = true;
    const unsent = this.unsent ?? [];
    this.unsent = undefined;
    for (const text of unsent) this.socket.send(text);
  }

  private onClose(code: number, reason: string | undefined): void {
    this.parts.debug('socket closed', { code });
    this.finish(reasonOf(code, reason));
  }

  private finish(reason: ClientError): void {
    if (this.reason) return;
    this.reason = reason;
    for (const { reject } of this.pending.values()) reject(reason);
    this.pending.clear();
    this.settleClosed(reason);
  }

  private onMessage(text: string): void {
    if (this.reason) return;
    try {
      const message = JSON.parse(text) as Message;
      if (message.method !== undefined) this.onNotification(message.method, message.params);
      else if (message.id !== undefined) this.settle(message.id, message);
    } catch (error) {
      this.drop(unreachable('The server sent a message that is not of this protocol.', { cause: error }));
    }
  }

  private settle(id: number, { result, error }: Message): void {
    const failure = error && errorOf(error);
    const call = this.pending.get(id);
    this.pending.delete(id);
    if (failure) call?.reject(failure);
    else call?.resolve(result);
  }
}

/** @throws if the error is not one of Tradepost's */
function errorOf({ data }: NonNullable<Message['error']>): ClientError {
  const { retryAfter = null, ...problem } = data;
  return new ClientError(problem.detail, problem.code, { problem, retryAfter });
}
