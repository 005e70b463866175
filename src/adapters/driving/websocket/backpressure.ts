import type { Duplex } from 'node:stream';
import { WebSocket } from '../../../peers/ws.js';
import { DRAIN_PATIENCE, HIGH_WATER, MAX_BUFFERED, MAX_QUEUED } from './limits.js';
import { textFrame } from './text-frame.js';

/**
 * Handles the messages of one socket one after the other, in the order of arrival. Stops reading from the network while
 * `MAX_QUEUED` messages wait, so that TCP slows the client down.
 */
export class Inbox {
  private readonly queue: Buffer[] = [];
  private working = false;
  private handling: Promise<void> | undefined;
  private closed = false;
  private paused = false;

  constructor(
    /** Must not reject. */
    private readonly handle: (message: Buffer) => Promise<void>,
    private readonly reading: { pause(): void; resume(): void },
  ) {}

  push(message: Buffer): void {
    if (this.closed) return;
    this.queue.push(message);
    if (!this.paused && this.queue.length >= MAX_QUEUED) {
      this.paused = true;
      this.reading.pause();
    }
    if (!this.working) void this.work();
  }

  /** Settles when the current message, if any, is handled. */
  get current(): Promise<void> {
    return this.handling ?? Promise.resolve();
  }

  /** Drops all queued messages. Settles when the current message is handled. */
  close(): Promise<void> {
    this.closed = true;
    this.queue.length = 0;
    return this.current;
  }

  private async work(): Promise<void> {
    this.working = true;
    for (let message = this.queue.shift(); message; message = this.queue.shift()) {
      this.handling = this.handle(message);
      await this.handling;
      if (this.paused && this.queue.length < MAX_QUEUED / 2) {
        this.paused = false;
        this.reading.resume();
      }
    }
    this.handling = undefined;
    this.working = false;
  }
}

/**
 * Sends the messages of one socket. Makes senders wait while the client reads slowly.
 *
 * Whole frames are written to the stream below the socket: `ws` would make a header for each socket and write it apart from the
 * message. It does write its own frames at once and whole, so frames cannot mix.
 */
export class Outbox {
  private waiting: (() => void)[] = [];
  private deadline: NodeJS.Timeout | undefined;

  constructor(
    private readonly socket: WebSocket,
    private readonly stream: Duplex,
    /** Called when the client reads too slowly and the socket has to be closed. */
    private readonly onTooSlow: () => void,
  ) {}

  send(text: string): void {
    this.sendFrame(textFrame(text));
  }

  /** `frame` is of `textFrame`. */
  sendFrame(frame: Buffer): void {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.stream.write(frame, this.onSent);
    if (this.socket.bufferedAmount > MAX_BUFFERED) this.onTooSlow();
  }

  /** Returns undefined if the client reads fast enough, else a promise that settles when it has caught up. */
  waitUntilDrained(): Promise<void> | undefined {
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
