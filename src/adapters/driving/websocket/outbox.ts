import { WebSocket } from 'ws';
import { DRAIN_PATIENCE, HIGH_WATER, MAX_BUFFERED } from './limits.js';

/** Sends messages over one socket, with backpressure for a client that reads slowly. */
export class Outbox {
  private waiting: (() => void)[] = [];
  private deadline: NodeJS.Timeout | undefined;

  constructor(
    private readonly socket: WebSocket,
    /** Called when the client reads too slowly and the socket has to be closed. */
    private readonly onTooSlow: () => void,
  ) {}

  send(text: string | Buffer): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.socket.send(text, { binary: false }, this.onSent);
    if (this.socket.bufferedAmount > MAX_BUFFERED) this.onTooSlow();
  }

  /** Returns undefined if there is room, else a promise that settles when there is. */
  waitForRoom(): Promise<void> | undefined {
    if (this.socket.readyState !== WebSocket.OPEN || this.socket.bufferedAmount <= HIGH_WATER) return undefined;
    this.deadline ??= setTimeout(this.onTooSlow, DRAIN_PATIENCE).unref();
    return new Promise(resolve => this.waiting.push(resolve));
  }

  release(): void {
    clearTimeout(this.deadline);
    this.deadline = undefined;
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  /** One function for all messages, to save a closure for each. Errors are ignored here: the socket reports them too. */
  private readonly onSent = (): void => {
    if (this.waiting.length > 0 && this.socket.bufferedAmount <= HIGH_WATER) this.release();
  };
}
