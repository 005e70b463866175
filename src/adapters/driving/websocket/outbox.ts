import { WebSocket } from 'ws';
import { DRAIN_PATIENCE, HIGH_WATER, MAX_BUFFERED } from './limits.js';

/** What goes out over one socket, and what is done about a client that does not read it. */
export class Outbox {
  private waiting: (() => void)[] = [];
  private deadline: NodeJS.Timeout | undefined;

  constructor(
    private readonly socket: WebSocket,
    /** The client reads too slowly to be kept. */
    private readonly onTooSlow: () => void,
  ) {}

  send(text: string | Buffer): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.socket.send(text, { binary: false }, this.onSent);
    if (this.socket.bufferedAmount > MAX_BUFFERED) this.onTooSlow();
  }

  /** A promise for when there is room again; undefined where there is. */
  untilRoom(): Promise<void> | undefined {
    if (this.socket.readyState !== WebSocket.OPEN || this.socket.bufferedAmount <= HIGH_WATER) return undefined;
    this.deadline ??= setTimeout(this.onTooSlow, DRAIN_PATIENCE).unref();
    return new Promise(resolve => this.waiting.push(resolve));
  }

  release(): void {
    clearTimeout(this.deadline);
    this.deadline = undefined;
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  /** Errors show on the socket too. One function for all messages, so that none has to be made for each. */
  private readonly onSent = (): void => {
    if (this.waiting.length > 0 && this.socket.bufferedAmount <= HIGH_WATER) this.release();
  };
}
