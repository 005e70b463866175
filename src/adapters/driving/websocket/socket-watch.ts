import type { TradeEvent } from '../../../application/live/trade-reader.js';
import type { TradeWatch } from '../../../application/ports/driving/live.js';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import type { TradepostError } from '../../../domain/errors.js';
import { startWatching } from '../operations/index.js';
import { notificationText } from './json-rpc.js';
import type { Outbox } from './outbox.js';

/** The watch of one socket: there is one at most, and asking again moves it to another place. */
export class SocketWatch {
  private current: TradeWatch | undefined;
  /** Settles when the watch was moved to another place, or was not. */
  private moving: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly useCases: UseCases,
    private readonly outbox: Outbox,
    private readonly onFailure: (reason: TradepostError) => void,
  ) {}

  /**
   * Nothing is sent before `begin` is called, so that the answer comes before the first notification. A watch there was
   * before goes on where the new one is refused.
   */
  async start(token: string | null, input: unknown): Promise<{ cursor: string; begin: () => void }> {
    let moved = (): void => undefined;
    this.moving = new Promise(resolve => {
      moved = resolve;
    });
    try {
      const watch: TradeWatch = await startWatching(
        this.useCases,
        input,
        { token },
        { onTrade: event => this.onTrade(event, () => this.current === watch), onEnd: this.onFailure },
      );
      this.stop();
      if (this.closed) watch.stop();
      else this.current = watch;
      return { cursor: watch.cursor, begin: () => watch.begin() };
    } finally {
      this.moving = undefined;
      moved();
    }
  }

  stop(): void {
    this.current?.stop();
    this.current = undefined;
  }

  /** Stops for good, also what is about to start. */
  close(): void {
    this.closed = true;
    this.stop();
  }

  /** While the watch is moved, trades of the old place wait: the new one begins before them, or the old one goes on. */
  private onTrade(event: TradeEvent, isCurrent: () => boolean): void | Promise<void> {
    if (!this.moving) return this.send(event);
    return this.moving.then(() => (isCurrent() ? this.send(event) : undefined));
  }

  private send(event: TradeEvent): void | Promise<void> {
    this.outbox.send(frameOf(event));
    return this.outbox.untilRoom();
  }
}

/** Sockets of one user that are at the same place are handed the same event, which is put into words once for all. */
const frames = new WeakMap<object, Buffer>();

function frameOf(event: TradeEvent): Buffer {
  const known = frames.get(event);
  if (known) return known;
  const frame = Buffer.from(notificationText('trades.recorded', event));
  frames.set(event, frame);
  return frame;
}
