import type { Card } from '../../../domain/card.js';
import type { Id } from '../../../domain/id.js';
import type { IdempotencyClaim, Replayed } from './idempotency.js';

export type AddCardOutcome = { readonly outcome: 'added' } | Replayed<Card>;

export interface CardRepository {
  add(card: Card, claim: IdempotencyClaim | null): Promise<AddCardOutcome>;

  /** Up to `limit` cards of the owner with an id below `before`, greatest id first, which is newest first. */
  list(ownerId: Id, range: { before: Id | null; limit: number }): Promise<Card[]>;
}
