import { MAX_QUEUED } from './limits.js';

/**
 * The messages of one socket, handled one after the other in the order they came. Where they come faster than they are
 * handled, no more are read from the network until there is room: TCP slows the client down.
 */
export class Inbox {
  private readonly queue: Buffer[] = [];
  private working: Promise<void> | undefined;
  private closed = false;
  private paused = false;

  constructor(
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
    this.working ??= this.work();
  }

  /** Drops what was not begun; answers when the message in hand is done. */
  async close(): Promise<void> {
    this.closed = true;
    this.queue.length = 0;
    await this.working;
  }

  private async work(): Promise<void> {
    for (let message = this.queue.shift(); message; message = this.queue.shift()) {
      await this.handle(message);
      if (this.paused && this.queue.length < MAX_QUEUED / 2) {
        this.paused = false;
        this.reading.resume();
      }
    }
    this.working = undefined;
  }
}
