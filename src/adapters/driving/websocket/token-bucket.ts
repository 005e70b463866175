const uptime = (): number => performance.now();

/** So many at once, and then as many as trickle in: `capacity` for each `period` milliseconds. */
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

  /** False where there is none left; nothing is taken then. */
  take(): boolean {
    const now = this.now();
    this.tokens = Math.min(this.capacity, this.tokens + ((now - this.filledAt) * this.capacity) / this.period);
    this.filledAt = now;
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }

  /** Whole seconds until there is one again. */
  get secondsToNext(): number {
    return Math.max(1, Math.ceil(((1 - this.tokens) * this.period) / this.capacity / 1000));
  }
}
