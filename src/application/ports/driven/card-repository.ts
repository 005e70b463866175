import type { Card } from '../../../domain/card.js';
import type { Id } from '../../../domain/id.js';
import type { IdempotencyClaim, Replayed } from './idempotency.js';

/** The card was added, or an earlier request with the same idempotency key is answered again. */
export type AddCardOutcome = { readonly outcome: 'added' } | Replayed<Card>;

/** Keeps cards. Trades change their owners through the trade log. */
export interface CardRepository {
  /** Adds the card and the claim together, or returns what the claim's key was used for before. */
  add(card: Card, claim: IdempotencyClaim | null): Promise<AddCardOutcome>;

  /** Returns up to `limit` cards of the owner with an id below `before`, newest first (greatest id first). */
  list(ownerId: Id, range: { before: Id | null; limit: number }): Promise<Card[]>;
}
