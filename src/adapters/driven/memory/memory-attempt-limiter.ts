import type { Attempt, AttemptLimiter } from '../../../application/ports/driven/attempt-limiter.js';
import type { AttemptCount } from '../../../domain/attempt-limit.js';
import { countAttempt, forgiveAttempts, uncountAttempt } from '../../../domain/attempt-limit.js';
import type { Timestamp } from '../../../domain/timestamp.js';

export class MemoryAttemptLimiter implements AttemptLimiter {
  private readonly counts = new Map<string, AttemptCount>();

  async reserve(attempts: readonly Attempt[], now: Timestamp): Promise<Timestamp | null> {
    for (const { key, limit } of attempts) {
      const current = this.counts.get(key) ?? null;
      const counted = countAttempt(current, limit, now);
      if (!counted) return current?.readyAt ?? now;
      this.counts.set(key, counted);
    }
    return null;
  }

  async release(key: string, now: Timestamp): Promise<void> {
    this.change(key, current => uncountAttempt(current, now));
  }

  async forgive(key: string, now: Timestamp): Promise<void> {
    this.change(key, current => forgiveAttempts(current, now));
  }

  async removeExpired(before: Timestamp, limit: number): Promise<number> {
    const expired = [...this.counts].filter(([, { expiresAt }]) => expiresAt <= before).slice(0, limit);
    for (const [key] of expired) this.counts.delete(key);
    return expired.length;
  }

  private change(key: string, change: (current: AttemptCount) => AttemptCount): void {
    const current = this.counts.get(key);
    if (current) this.counts.set(key, change(current));
  }
}
