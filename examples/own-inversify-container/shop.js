import { parseCardDescription, parseCardName } from 'tradepost';

/** Sells cards: a service of the application that depends on Tradepost's use cases. It knows no container. */
export class Shop {
  /**
   * @param {import('tradepost').UseCases} useCases
   * @param {string} currency
   */
  constructor(useCases, currency) {
    this.useCases = useCases;
    this.currency = currency;
  }

  /**
   * @param {import('tradepost').Caller} seller
   * @param {import('tradepost').Caller} buyer
   * @param {{ card: string, price: number }} offer
   */
  async sell(seller, buyer, { card, price }) {
    const named = { name: parseCardName(card), description: parseCardDescription('') };
    const { id: cardId } = await this.useCases.addCard.execute({ caller: seller, ...named, idempotencyKey: null });
    const recipient = { id: buyer.user.id };
    const trade = await this.useCases.recordTrade.execute({ caller: seller, cardId, recipient, idempotencyKey: null });
    return `${trade.cardName} for ${price} ${this.currency}, at ${trade.createdAt}`;
  }
}
