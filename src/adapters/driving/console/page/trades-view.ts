import { button, element, KeyedList, time } from './elements.js';
import type { Member, Trade } from './member.js';
import type { View } from './views.js';
import { heading } from './views.js';

/** Returns a trade as a sentence for the user with this id. */
export const sentenceFor = ({ cardName, sender, recipient }: Trade, userId: string): string =>
  sender.id === userId ? `You gave ${cardName} to ${recipient.name}.` : `${sender.name} gave you ${cardName}.`;

/** The caller's trades, newest first. New ones appear as they are recorded. */
export class TradesView implements View {
  readonly title = 'Trades';
  readonly heading = heading('Trades');
  readonly element: HTMLElement;
  private trades: readonly Trade[] = [];
  private next: string | null = null;
  private readonly list = element('ol', { class: 'trades', 'aria-label': 'Trades, newest first' });
  private readonly empty = element('p', { class: 'empty' }, 'Loading your trades …');
  private readonly more = button('Show more', () => this.member.run(() => this.loadMore()), {
    class: 'more',
    hidden: true,
  });
  private readonly items: KeyedList<Trade>;
  private readonly fresh = new Set<string>();

  constructor(private readonly member: Member) {
    this.items = new KeyedList(
      this.list,
      trade => this.createItem(trade),
      () => this.heading.focus(),
    );
    const intro = element('p', { class: 'intro' }, 'New trades appear here as they happen.');
    this.element = element('section', { class: 'narrow' }, this.heading, intro, this.empty, this.list, this.more);
  }

  /** Returns the cursor from which a watch misses nothing. */
  async load(): Promise<string> {
    const page = await this.member.request(() => this.member.client.listTrades());
    this.next = page.next;
    this.show(page.items);
    return page.latest;
  }

  onTrade(trade: Trade): void {
    this.fresh.add(trade.id);
    this.show([trade, ...this.trades.filter(({ id }) => id !== trade.id)]);
  }

  private async loadMore(): Promise<void> {
    const after = this.next;
    if (after === null) return;
    const page = await this.member.request(() => this.member.client.listTrades({ after }));
    this.next = page.next;
    this.show([...this.trades, ...page.items]);
  }

  private show(trades: readonly Trade[]): void {
    this.trades = trades;
    this.items.show(trades);
    this.more.hidden = this.next === null;
    this.list.hidden = trades.length === 0;
    this.empty.hidden = trades.length > 0;
    this.empty.textContent = 'You have no trades yet. Give a card to somebody, and it appears here for both of you.';
  }

  private createItem(trade: Trade): HTMLElement {
    const isSent = trade.sender.id === this.member.user.id;
    const other = isSent ? trade.recipient : trade.sender;
    const card = element('strong', {}, trade.cardName);
    const words = isSent ? ['You gave ', card, ` to ${other.name}`] : [`${other.name} gave you `, card];
    return element(
      'li',
      { class: 'trade', 'data-direction': isSent ? 'sent' : 'received', 'data-fresh': this.fresh.has(trade.id) },
      element('span', { class: 'arrow', 'aria-hidden': 'true' }, isSent ? '↗' : '↙'),
      element('p', {}, ...words, element('span', { class: 'handle' }, `@${other.username}`)),
      time(trade.createdAt),
    );
  }
}
