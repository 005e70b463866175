import { MAX_QUEUED } from './limits.js';

/**
 * The messages of one socket, handled one after the other in the order they came. Where they come faster than they are
 * handled, no more are read from the network until there is room: TCP slows the client down.
 */
export class Inbox {
  private readonly queue: Buffer[] = [];
  private working = false;
  private current: Promise<void> | undefined;
  private closed = false;
  private paused = false;

  constructor(
    /** Does not reject. */
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

  /** Settles when the message in hand is done, where there is one. */
  get inHand(): Promise<void> {
    return this.current ?? Promise.resolve();
  }

  /** Drops what was not begun; answers when the message in hand is done. */
  close(): Promise<void> {
    this.closed = true;
    this.queue.length = 0;
    return this.inHand;
  }

  private async work(): Promise<void> {
    this.working = true;
    for (let message = this.queue.shift(); message; message = this.queue.shift()) {
      this.current = this.handle(message);
      await this.current;
      if (this.paused && this.queue.length < MAX_QUEUED / 2) {
        this.paused = false;
        this.reading.resume();
      }
    }
    this.current = undefined;
    this.working = false;
  }
}
