import type { ListTradesInput, RecordTradeInput, TradePage } from '../../application/ports/driving/trades.js';
import { parseCardDescription, parseCardName } from '../../domain/card.js';
import type { Id } from '../../domain/id.js';
import type { Trade } from '../../domain/trade.js';
import type { Answer } from './client.js';
import { Client, isOk } from './client.js';
import type { TradeIntent } from './world.js';

/** The most trades of a page that a trader reads. Small, so that logs have several pages. */
const PAGE = 3;

/** A client that adds cards, trades, reads, and logs in and out, in an order that the seed decides. */
export class Trader extends Client {
  private keys = 0;

  /** Does that many things, one after the other. */
  async act(count: number): Promise<void> {
    await this.addCard();
    for (let done = 0; done < count; done += 1) {
      await this.pause(1500);
      await this.actOnce();
    }
  }

  private actOnce(): Promise<unknown> {
    const drawn = this.world.random.between(1, 100);
    if (drawn <= 55) return this.trade();
    if (drawn <= 65) return this.addCard();
    if (drawn <= 78) return this.readTrades();
    if (drawn <= 84) return this.logInAgain();
    if (drawn <= 88) return this.logOut();
    if (drawn <= 94) return this.revokeOne();
    return this.revokeOthers();
  }

  private newKey(): string {
    this.keys += 1;
    return `${this.name}-${this.keys}`;
  }

  /** Sends the request with one key until it is answered. */
  async addCard(): Promise<Id> {
    const key = this.newKey();
    const input = { name: parseCardName(`Card ${key}`), description: parseCardDescription(''), idempotencyKey: key };
    for (;;) {
      const answer = await this.sendAuthenticated(`adds a card (${key})`, (useCases, caller) =>
        useCases.addCard.execute({ caller, ...input }),
      );
      this.expect(`adds a card (${key})`, answer, []);
      if (isOk(answer)) {
        const { id } = answer.result;
        this.world.creators.set(id, this.person);
        if (!this.world.owners.has(id)) this.world.owners.set(id, this.person);
        return id;
      }
      await this.pause(2000);
    }
  }

  /** Adds a card and gives it to another user. */
  async giveNewCard(): Promise<void> {
    await this.give(await this.addCard(), this.newKey());
  }

  private async trade(): Promise<void> {
    const { random, owners } = this.world;
    const cards = [...owners.keys()];
    const own = cards.filter(id => owners.get(id) === this.person);
    if (cards.length === 0) return;
    // Sometimes a card of another user, which has to be refused.
    const cardId = random.pick(own.length > 0 && random.chance(0.9) ? own : cards);
    await this.give(cardId, random.chance(0.8) ? this.newKey() : null);
  }

  private async give(cardId: Id, key: string | null): Promise<void> {
    const { random, people, intents } = this.world;
    const others = people.filter(person => person !== this.person);
    const { user } = random.pick(others);
    const recipient = random.pick([{ id: user.id }, { username: user.username }, { email: user.email }]);
    const intent: TradeIntent = {
      key,
      sender: this.person,
      cardId,
      acknowledged: new Set(),
      refused: false,
      isUncertain: false,
    };
    intents.push(intent);
    const input = { cardId, recipient, idempotencyKey: key };
    if (key === null) return void (await this.sendTrade(intent, input));
    if (random.chance(0.15)) {
      // As if a button was pressed twice.
      intent.isUncertain = true;
      await Promise.all([this.sendUntilAnswered(intent, input), this.sendUntilAnswered(intent, input)]);
    } else await this.sendUntilAnswered(intent, input);
    // A repetition long after the answer.
    if (random.chance(0.2)) {
      await this.pause(3000);
      if (intent.acknowledged.size > 0) await this.sendUntilAnswered(intent, input);
    }
  }

  private async sendUntilAnswered(intent: TradeIntent, input: Omit<RecordTradeInput, 'caller'>): Promise<void> {
    for (;;) {
      const { code } = await this.sendTrade(intent, input);
      if (code !== 'unknown' && code !== 'unauthenticated') return;
      await this.pause(2000);
    }
  }

  private async sendTrade(intent: TradeIntent, input: Omit<RecordTradeInput, 'caller'>): Promise<Answer<Trade>> {
    const what = `trades ${input.cardId.slice(-6)} (${intent.key ?? 'no key'})`;
    const answer = this.world.random.chance(0.5)
      ? await this.sendAuthenticated(what, (useCases, caller) => useCases.recordTrade.execute({ caller, ...input }))
      : await this.sendWithToken(`${what} with the session`, (useCases, token) =>
          useCases.recordTradeOfSession.execute({ token, ...input }),
        );
    if (isOk(answer)) {
      const { result } = answer;
      intent.acknowledged.add(result.id);
      const recipient = this.world.people.find(({ user }) => user.id === result.recipient.id);
      if (recipient) this.world.owners.set(result.cardId, recipient);
    } else if (answer.code === 'unknown') intent.isUncertain = true;
    else if (answer.code === 'card_not_owned') {
      if (intent.acknowledged.size > 0) this.world.violation(`${this.name} ${what}: refused after it was acknowledged`);
      intent.refused = true;
    }
    this.expect(what, answer, ['card_not_owned']);
    return answer;
  }

  private async readTrades(): Promise<void> {
    let after: string | null = null;
    do {
      const known = this.world.intents
        .filter(({ sender }) => sender === this.person)
        .flatMap(({ acknowledged }) => [...acknowledged]);
      const request: Pick<ListTradesInput, 'limit' | 'after' | 'direction'> = { limit: PAGE, after, direction: 'all' };
      const answer: Answer<TradePage> = this.world.random.chance(0.5)
        ? await this.sendAuthenticated('reads trades', (useCases, caller) =>
            useCases.listTrades.execute({ caller, ...request }),
          )
        : await this.sendWithToken('reads trades with the session', (useCases, token) =>
            useCases.listTradesOfSession.execute({ token, ...request }),
          );
      this.expect('reads trades', answer, []);
      if (!isOk(answer)) return;
      const { items, next, latest }: TradePage = answer.result;
      const tradeIds = items.map(({ id }) => id);
      this.world.pages.push({ person: this.person, after, limit: PAGE, latest, tradeIds, known });
      after = next;
    } while (after !== null);
  }
}
