import { TradepostError } from '../../../domain/errors.js';
import type { SocketLimits } from './limits.js';
import { BAD_MESSAGES_PERIOD, MAX_REFUSALS } from './limits.js';

const MINUTE = 60_000;

/** Limits how many messages one socket may send, and how many of them may be bad. Buckets are created lazily. */
export class Throttle {
  private readonly messages: PermitBucket | null;
  private refused: PermitBucket | undefined;
  private bad: PermitBucket | undefined;

  constructor(private readonly limits: Pick<SocketLimits, 'messagesPerMinute' | 'badMessages'>) {
    const { messagesPerMinute } = limits;
    this.messages = messagesPerMinute === null ? null : new PermitBucket(messagesPerMinute, MINUTE);
  }

  /** Counts a message. Returns null if it may be handled, else the seconds until the next one may be. */
  countMessage(): number | null {
    return this.messages === null || this.messages.take() ? null : this.messages.secondsToNext;
  }

  /** Returns true if this is one refusal too many: the socket has to be closed. */
  countRefusal(): boolean {
    this.refused ??= new PermitBucket(MAX_REFUSALS, MINUTE);
    return !this.refused.take();
  }

  /** Returns true if this is the bad message that reaches the limit: the socket has to be closed. */
  countBadMessage(): boolean {
    const { badMessages } = this.limits;
    if (badMessages === null) return false;
    this.bad ??= new PermitBucket(badMessages - 1, BAD_MESSAGES_PERIOD);
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

/** Holds up to `capacity` permits and regains `capacity` permits in each `period` (milliseconds), evenly. */
export class PermitBucket {
  private permits: number;
  private filledAt: number;

  constructor(
    private readonly capacity: number,
    private readonly period: number,
    private readonly now: () => number = uptime,
  ) {
    this.permits = capacity;
    this.filledAt = now();
  }

  /** Takes one permit. Returns false if there is none. */
  take(): boolean {
    const now = this.now();
    this.permits = Math.min(this.capacity, this.permits + ((now - this.filledAt) * this.capacity) / this.period);
    this.filledAt = now;
    if (this.permits < 1) return false;
    this.permits -= 1;
    return true;
  }

  /** Whole seconds until there is a permit again; at least 1. */
  get secondsToNext(): number {
    return Math.max(1, Math.ceil(((1 - this.permits) * this.period) / this.capacity / 1000));
  }
}
