import type { Trade } from '../../domain/trade.js';
import { ClientError } from './errors.js';
import { RpcSocket } from './rpc-socket.js';
import type { WebSocketConstructor } from './web-socket.js';

export type WatchState =
  /** Opening a socket. */
  | 'connecting'
  /** Trades come as they are recorded. */
  | 'live'
  /** The connection is lost; another attempt follows. Trades recorded meanwhile come with it. */
  | 'waiting'
  /** Over: stopped, or for a reason that trying again does not mend. */
  | 'ended';

export type TradeListener = (trade: Trade, cursor: string) => void;

export interface WatchOptions {
  /** `latest` of a page, or the cursor of the last trade known; without it the watch begins when it is first live. */
  readonly after?: string;
  readonly onState?: (state: WatchState) => void;
  /** The watch ended by itself: `unauthenticated` when the session did. */
  readonly onEnd?: (reason: ClientError) => void;
}

export interface WatchParts {
  /** Of the socket. */
  readonly url: string;
  readonly WebSocket: WebSocketConstructor;
  token(): string | null;
  /** Milliseconds to wait after so many attempts in a row that failed. */
  backoff(failures: number): number;
  /** Whether the server still knows the session, asked over HTTP; throws where it does not answer. */
  checkSession(): Promise<void>;
}

/**
 * Closings after which another attempt would end the same way. 4429 is not one of them: it is over in a minute, and
 * backing off is what it asks for.
 */
const TERMINAL: ReadonlyMap<number, string> = new Map([
  [1003, 'The server refused a binary frame.'],
  [1007, 'The server refused text that is not UTF-8.'],
  [1008, 'The server could not make sense of what it was sent.'],
  [1009, 'The server refused a message that is too large.'],
  [4401, 'The session ended.'],
  [4408, 'The socket got no session in time.'],
]);

const TOO_MANY_MESSAGES = 4429;

/** Milliseconds between questions whether the connection works, and for the answer. */
const PING_INTERVAL = 25_000;
const PING_PATIENCE = 10_000;

/** Trades as they are recorded, over one socket after another: each once, in order, whatever becomes of the sockets. */
export class TradeWatch {
  private current: WatchState = 'connecting';
  private last: string | undefined;
  private socket: RpcSocket | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pinger: ReturnType<typeof setInterval> | undefined;
  private failures = 0;
  private opened = false;

  constructor(
    private readonly parts: WatchParts,
    private readonly listener: TradeListener,
    private readonly options: WatchOptions = {},
  ) {
    this.last = options.after;
    this.connect();
  }

  get state(): WatchState {
    return this.current;
  }

  /** Of the last trade that was handed over: what to go on from another time. Undefined before the watch is first live. */
  get cursor(): string | undefined {
    return this.last;
  }

  stop(): void {
    this.become('ended');
    this.disconnect();
  }

  private connect(): void {
    this.become('connecting');
    this.opened = false;
    // The listener of a socket that was given up hears nothing any more: no trade comes by two ways.
    this.socket = new RpcSocket(this.parts.url, this.parts.WebSocket, {
      onOpen: () => void this.begin(),
      onNotification: (method, params) => this.onNotification(method, params),
      onClose: code => void this.onClose(code),
    });
  }

  private async begin(): Promise<void> {
    this.opened = true;
    const { socket } = this;
    if (!socket) return;
    const token = this.parts.token();
    try {
      if (token !== null) await socket.call('sessions.resume', { token });
      const after = this.last === undefined ? {} : { after: this.last };
      const { cursor } = (await socket.call('trades.watch', after)) as { cursor: string };
      if (this.socket !== socket || this.current === 'ended') return;
      this.last ??= cursor;
      this.failures = 0;
      this.pinger = setInterval(() => void this.ping(), PING_INTERVAL);
      this.become('live');
    } catch (error) {
      if (this.socket === socket) this.onRefused(error);
    }
  }

  /** Refused for what the client said, or for the state of the server, which may be another the next time. */
  private onRefused(error: unknown): void {
    if (!(error instanceof ClientError) || error.code === 'unreachable') return;
    if (error.code === 'unauthenticated' || error.code === 'validation_failed') this.end(error);
    else this.socket?.close(1000, error.code);
  }

  private onNotification(method: string, params: unknown): void {
    if (method !== 'trades.recorded' || this.current === 'ended') return;
    const { trade, cursor } = params as { trade: Trade; cursor: string };
    this.last = cursor;
    try {
      this.listener(trade, cursor);
    } catch (error) {
      // The listener's own affair, shown as any error nobody catches; the next trade is not to suffer for it.
      queueMicrotask(() => {
        throw error;
      });
    }
  }

  private async onClose(code: number): Promise<void> {
    this.clearTimers();
    if (this.current === 'ended') return;
    const terminal = TERMINAL.get(code);
    if (terminal !== undefined) {
      this.end(
        new ClientError(terminal, code === 4401 || code === 4408 ? 'unauthenticated' : 'malformed_request', null),
      );
      return;
    }
    this.become('waiting');
    this.failures += 1;
    if (code === TOO_MANY_MESSAGES) this.failures = Math.max(this.failures, 6);
    // A browser does not tell with which status a handshake was refused.
    if (!this.opened && this.parts.token() === null && (await this.isLoggedOut())) return;
    if (this.state === 'waiting') this.timer = setTimeout(() => this.connect(), this.parts.backoff(this.failures));
  }

  private async isLoggedOut(): Promise<boolean> {
    try {
      await this.parts.checkSession();
    } catch (error) {
      if (!(error instanceof ClientError) || error.code !== 'unauthenticated') return false;
      this.end(error);
      return true;
    }
    return false;
  }

  /** A network that is gone says nothing, and a browser does not show the server's pings. */
  private async ping(): Promise<void> {
    const { socket } = this;
    const silence = setTimeout(() => socket?.close(1000, 'no answer'), PING_PATIENCE);
    await socket?.call('rpc.ping', {}).catch(() => undefined);
    clearTimeout(silence);
  }

  private end(reason: ClientError): void {
    if (this.current === 'ended') return;
    this.stop();
    this.options.onEnd?.(reason);
  }

  private disconnect(): void {
    this.clearTimers();
    const { socket } = this;
    this.socket = undefined;
    socket?.close();
  }

  private clearTimers(): void {
    clearTimeout(this.timer);
    clearInterval(this.pinger);
  }

  private become(state: WatchState): void {
    if (state === this.current || this.current === 'ended') return;
    this.current = state;
    this.options.onState?.(state);
  }
}
