import type { Card, CardDescription, CardName } from '../../../domain/card.js';
import type { Caller, Page, PageRequest, UseCase } from './use-case.js';

export interface AddCardInput {
  readonly caller: Caller;
  readonly name: CardName;
  readonly description: CardDescription;
  readonly idempotencyKey: string | null;
}

/** Errors: `idempotency_conflict`. */
export type AddingCards = UseCase<AddCardInput, Card>;

export interface ListCardsInput extends PageRequest {
  readonly caller: Caller;
}

/** Errors: `validation_failed` (invalid cursor). */
export type ListingCards = UseCase<ListCardsInput, Page<Card>>;
