import type { Card, CardDescription, CardName } from '../../../domain/card.js';
import type { Caller, Page, PageRequest, UseCase } from './use-case.js';

/** A card that the caller will own. */
export interface AddCardInput {
  /** The user and session behind the request, as `Authenticate` returns them. */
  readonly caller: Caller;
  /** 1 to 100 code points on one line. */
  readonly name: CardName;
  /** At most 1,000 code points; may be empty. */
  readonly description: CardDescription;
  /** The same key with the same input by the same user returns the first result again; null for none. */
  readonly idempotencyKey: string | null;
}

/** Errors: `idempotency_conflict`. */
export type AddingCards = UseCase<AddCardInput, Card>;

/** A page of the caller's cards. */
export interface ListCardsInput extends PageRequest {
  /** The user and session behind the request, as `Authenticate` returns them. */
  readonly caller: Caller;
}

/** Errors: `validation_failed` (invalid cursor). */
export type ListingCards = UseCase<ListCardsInput, Page<Card>>;
