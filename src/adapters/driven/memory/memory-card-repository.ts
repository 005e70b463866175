import type { AddCardOutcome, CardRepository } from '../../../application/ports/driven/card-repository.js';
import type { IdempotencyClaim } from '../../../application/ports/driven/idempotency.js';
import type { Card } from '../../../domain/card.js';
import type { Id } from '../../../domain/id.js';
import type { MemoryIdempotencyRecords } from './memory-idempotency-records.js';
import { SortedList } from './sorted-list.js';

export class MemoryCardRepository implements CardRepository {
  private readonly byId = new Map<Id, Card>();
  private readonly byOwner = new Map<Id, SortedList<Id, Card>>();

  constructor(private readonly idempotency: MemoryIdempotencyRecords) {}

  async add(card: Card, claim: IdempotencyClaim | null): Promise<AddCardOutcome> {
    const earlier = this.idempotency.find<Card>(card.ownerId, claim);
    if (earlier) return earlier;
    this.put(card);
    this.idempotency.keep(card.ownerId, claim, card);
    return { outcome: 'added' };
  }

  async list(ownerId: Id, { before, limit }: { before: Id | null; limit: number }): Promise<Card[]> {
    return this.byOwner.get(ownerId)?.below(before, limit) ?? [];
  }

  /** For the archive. */
  all(): Card[] {
    return [...this.byId.values()];
  }

  // For the trade log, which has to move a card and write its entries without awaiting in between.
  find(id: Id): Card | null {
    return this.byId.get(id) ?? null;
  }

  move(card: Card, ownerId: Id): void {
    this.byOwner.get(card.ownerId)?.remove(card.id);
    this.put({ ...card, ownerId });
  }

  private put(card: Card): void {
    this.byId.set(card.id, card);
    const owned = this.byOwner.get(card.ownerId) ?? new SortedList<Id, Card>(({ id }) => id);
    owned.add(card);
    this.byOwner.set(card.ownerId, owned);
  }
}
