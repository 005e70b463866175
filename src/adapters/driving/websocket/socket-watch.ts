import type { TradeEvent, TradeWatch } from '../../../application/ports/driving/trades.js';
import type { UseCases } from '../../../application/ports/driving/use-cases.js';
import type { TradepostError } from '../../../domain/errors.js';
import { startWatching } from '../operations/index.js';
import type { ReportDelivery } from '../operations/observing.js';
import type { Outbox } from './backpressure.js';
import { notificationText } from './json-rpc.js';
import { TRADE_NOTIFICATION } from './protocol.js';
import { textFrame } from './text-frame.js';

/** The watch of one socket. There is at most one; another call of `start` moves it. */
export class SocketWatch {
  private current: TradeWatch | undefined;
  /** Set while a new watch is being started; settles when it has replaced the old one or was refused. */
  private moving: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly useCases: UseCases,
    private readonly outbox: Outbox,
    private readonly report: ReportDelivery | null,
    private readonly onFailure: (reason: TradepostError) => void,
  ) {}

  /**
   * Starts a watch that replaces the current one. The result has to be sent before the first notification, so nothing is
   * sent until `begin` is called. If the new watch is refused, the current one continues.
   */
  async start(token: string | null, input: unknown): Promise<{ cursor: string; begin: () => void }> {
    let moved = (): void => undefined;
    this.moving = new Promise(resolve => {
      moved = resolve;
    });
    const since = Date.now();
    try {
      const isCurrent = (): boolean => this.current === watch;
      const watch: TradeWatch = await startWatching(
        this.useCases,
        input,
        { token },
        { onTrade: event => this.onTrade(event, since, isCurrent), onEnd: this.onFailure },
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

  /** Stops for good, including a watch that is being started. */
  close(): void {
    this.closed = true;
    this.stop();
  }

  /** While a new watch is being started, trades of the old one wait: the new one delivers them, or the old one continues. */
  private onTrade(event: TradeEvent, since: number, isCurrent: () => boolean): void | Promise<void> {
    if (!this.moving) return this.send(event, since);
    return this.moving.then(() => (isCurrent() ? this.send(event, since) : undefined));
  }

  /** `since`: when the watch was started, as `Date.now()`. */
  private send(event: TradeEvent, since: number): void | Promise<void> {
    this.outbox.sendFrame(frameOf(event));
    this.report?.(event.trade, since);
    return this.outbox.waitUntilDrained();
  }
}

/** Watches of one user at the same position get the same event object. It is serialised once for all of them. */
const frames = new WeakMap<object, Buffer>();

function frameOf(event: TradeEvent): Buffer {
  const known = frames.get(event);
  if (known) return known;
  const frame = textFrame(notificationText(TRADE_NOTIFICATION, event));
  frames.set(event, frame);
  return frame;
}
