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

  constructor(
    private readonly useCases: UseCases,
    private readonly outbox: Outbox,
    private readonly onFailure: (reason: TradepostError) => void,
  ) {}

  /** Nothing is sent before `begin` is called, so that the answer comes before the first notification. */
  async start(token: string | null, input: unknown): Promise<{ cursor: string; begin: () => void }> {
    const watch = await startWatching(
      this.useCases,
      input,
      { token },
      {
        onTrade: event => {
          this.outbox.send(frameOf(event));
          return this.outbox.untilRoom();
        },
        onEnd: this.onFailure,
      },
    );
    this.stop();
    this.current = watch;
    return { cursor: watch.cursor, begin: () => watch.begin() };
  }

  stop(): void {
    this.current?.stop();
    this.current = undefined;
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
