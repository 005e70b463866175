import type { Card } from '../../domain/card.js';
import { formatCardCursor, parseCardCursor } from '../cursor.js';
import type { CardRepository } from '../ports/driven/card-repository.js';
import type { ListCardsInput, ListingCards } from '../ports/driving/cards.js';
import type { Page } from '../ports/driving/use-case.js';

/** Lists the caller's cards, newest first. */
export class ListCards implements ListingCards {
  constructor(private readonly cards: CardRepository) {}

  async execute({ caller, limit, after }: ListCardsInput): Promise<Page<Card>> {
    const before = after === null ? null : parseCardCursor(after);
    // One item more than requested shows whether there is a next page.
    const found = await this.cards.list(caller.user.id, { before, limit: limit + 1 });
    const items = found.slice(0, limit);
    const last = items.at(-1);
    return { items, next: found.length > limit && last ? formatCardCursor(last.id) : null };
  }
}
