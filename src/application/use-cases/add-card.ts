import type { Card } from '../../domain/card.js';
import { claim, replay } from '../idempotency.js';
import type { CardRepository } from '../ports/driven/card-repository.js';
import type { Clock, IdGenerator } from '../ports/driven/system.js';
import type { AddCardInput, AddingCards } from '../ports/driving/cards.js';

/** Creates a card that the caller owns. */
export class AddCard implements AddingCards {
  constructor(
    private readonly cards: CardRepository,
    private readonly ids: IdGenerator,
    private readonly clock: Clock,
  ) {}

  async execute({ caller, name, description, idempotencyKey }: AddCardInput): Promise<Card> {
    const createdAt = this.clock.now();
    const card: Card = { id: this.ids.next(), ownerId: caller.user.id, name, description, createdAt };
    const claimed = claim(idempotencyKey, 'cards.add', { name, description }, createdAt);
    const outcome = await this.cards.add(card, claimed);
    return outcome.outcome === 'replayed' ? replay(outcome, claimed) : card;
  }
}
