import type { Limits } from './limits.js';
import { BAD_MESSAGES_PERIOD, MAX_REFUSALS } from './limits.js';
import { TokenBucket } from './token-bucket.js';

const MINUTE = 60_000;

/** How much one socket may send, and how much of it may be wrong. What most sockets never need is made when needed. */
export class Throttle {
  private readonly messages: TokenBucket | null;
  private refused: TokenBucket | undefined;
  private bad: TokenBucket | undefined;

  constructor(private readonly limits: Pick<Limits, 'messagesPerMinute' | 'badMessages'>) {
    const { messagesPerMinute } = limits;
    this.messages = messagesPerMinute === null ? null : new TokenBucket(messagesPerMinute, MINUTE);
  }

  /** Null where a message may be handled; where it is one too many, the seconds until there may be one again. */
  refuses(): number | null {
    return this.messages === null || this.messages.take() ? null : this.messages.secondsToNext;
  }

  /** True where so many were refused that the connection has to end. */
  countRefusal(): boolean {
    this.refused ??= new TokenBucket(MAX_REFUSALS, MINUTE);
    return !this.refused.take();
  }

  /** True where so many could not be understood that the connection has to end: the last of them is the one that does. */
  countBadMessage(): boolean {
    const { badMessages } = this.limits;
    if (badMessages === null) return false;
    this.bad ??= new TokenBucket(badMessages - 1, BAD_MESSAGES_PERIOD);
    return !this.bad.take();
  }
}
