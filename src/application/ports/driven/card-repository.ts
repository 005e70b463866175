import type { Card } from '../../../domain/card.js';
import type { Id } from '../../../domain/id.js';
import type { IdempotencyClaim, Replayed } from './idempotency.js';

export type AddCardOutcome = { readonly outcome: 'added' } | Replayed<Card>;

export interface CardRepository {
  /** Adds the card and the claim together, or returns what the claim's key was used for before. */
  add(card: Card, claim: IdempotencyClaim | null): Promise<AddCardOutcome>;

  /** Returns up to `limit` cards of the owner with an id below `before`, newest first (greatest id first). */
  list(ownerId: Id, range: { before: Id | null; limit: number }): Promise<Card[]>;
}
