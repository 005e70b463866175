import { TradepostError } from '../../../domain/errors.js';
import type { SocketLimits } from './limits.js';
import { BAD_MESSAGES_PERIOD, MAX_REFUSALS } from './limits.js';

const MINUTE = 60_000;

/** Limits how many messages one socket may send, and how many of them may be bad. Buckets are created lazily. */
export class Throttle {
  private readonly messages: TokenBucket | null;
  private refused: TokenBucket | undefined;
  private bad: TokenBucket | undefined;

  constructor(private readonly limits: Pick<SocketLimits, 'messagesPerMinute' | 'badMessages'>) {
    const { messagesPerMinute } = limits;
    this.messages = messagesPerMinute === null ? null : new TokenBucket(messagesPerMinute, MINUTE);
  }

  /** Counts a message. Returns null if it may be handled, else the seconds until the next one may be. */
  countMessage(): number | null {
    return this.messages === null || this.messages.take() ? null : this.messages.secondsToNext;
  }

  /** Returns true if this is one refusal too many: the socket has to be closed. */
  countRefusal(): boolean {
    this.refused ??= new TokenBucket(MAX_REFUSALS, MINUTE);
    return !this.refused.take();
  }

  /** Returns true if this is the bad message that reaches the limit: the socket has to be closed. */
  countBadMessage(): boolean {
    const { badMessages } = this.limits;
    if (badMessages === null) return false;
    this.bad ??= new TokenBucket(badMessages - 1, BAD_MESSAGES_PERIOD);
    return !this.bad.take();
  }
}

export class TooManyMessages extends TradepostError {
  readonly code = 'rate_limited';

  constructor(
    /** Seconds to wait before the next attempt. */
    readonly retryAfter: number,
  ) {
    super('There were too many messages over this socket. Send fewer, or it will be closed.');
  }
}

const uptime = (): number => performance.now();

/** Holds up to `capacity` tokens and regains `capacity` tokens in each `period` (milliseconds), evenly. */
export class TokenBucket {
  private tokens: number;
  private filledAt: number;

  constructor(
    private readonly capacity: number,
    private readonly period: number,
    private readonly now: () => number = uptime,
  ) {
    this.tokens = capacity;
    this.filledAt = now();
  }

  /** Takes one token. Returns false if there is none. */
  take(): boolean {
    const now = this.now();
    this.tokens = Math.min(this.capacity, this.tokens + ((now - this.filledAt) * this.capacity) / this.period);
    this.filledAt = now;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }

  /** Whole seconds until there is a token again; at least 1. */
  get secondsToNext(): number {
    return Math.max(1, Math.ceil(((1 - this.tokens) * this.period) / this.capacity / 1000));
  }
}
