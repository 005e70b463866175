import type { IdempotencyClaim, IdempotencyRecords, Replayed } from '../../../application/ports/driven/idempotency.js';
import type { Id } from '../../../domain/id.js';
import type { Timestamp } from '../../../domain/timestamp.js';

interface Kept {
  readonly userId: Id;
  readonly claim: IdempotencyClaim;
  readonly answer: unknown;
}

export class MemoryIdempotencyRecords implements IdempotencyRecords {
  private readonly kept = new Map<string, Kept>();

  /** `Answer` is the answer of the operation that the request names. Requests of two operations are never equal. */
  find<Answer>(userId: Id, claim: IdempotencyClaim | null): Replayed<Answer> | null {
    const found = claim && this.kept.get(this.keyOf(userId, claim));
    return found ? { outcome: 'replayed', request: found.claim.request, answer: found.answer as Answer } : null;
  }

  keep(userId: Id, claim: IdempotencyClaim | null, answer: unknown): void {
    if (claim) this.kept.set(this.keyOf(userId, claim), { userId, claim, answer });
  }

  async removeExpired(before: Timestamp, limit: number): Promise<number> {
    const expired = [...this.kept].filter(([, { claim }]) => claim.claimedAt <= before).slice(0, limit);
    for (const [key] of expired) this.kept.delete(key);
    return expired.length;
  }

  /** For the archive. */
  all(): Kept[] {
    return [...this.kept.values()];
  }

  private keyOf(userId: Id, { key }: IdempotencyClaim): string {
    return `${userId} ${key}`;
  }
}
