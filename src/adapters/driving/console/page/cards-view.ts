import { button, element, KeyedList } from './elements.js';
import { Form } from './form.js';
import { openGiveDialog } from './give-dialog.js';
import type { Card, Member, Trade } from './member.js';
import { createKey } from './patience.js';
import type { View } from './views.js';
import { heading, toast } from './views.js';
import { initialOf, NO_ANSWER, tintOf } from './words.js';

/** The caller's cards, a form that adds one, and a button on each that gives it to another user. */
export class CardsView implements View {
  readonly title = 'Cards';
  readonly heading = heading('My cards');
  readonly element: HTMLElement;
  private cards: readonly Card[] = [];
  private next: string | null = null;
  private readonly list = element('ul', { class: 'cards', 'aria-label': 'My cards' });
  private readonly empty = element('p', { class: 'empty' }, 'Loading your cards …');
  private readonly more = button('Show more', () => this.member.run(() => this.loadMore()), {
    class: 'more',
    hidden: true,
  });
  private readonly items: KeyedList<Card>;

  constructor(private readonly member: Member) {
    this.items = new KeyedList(
      this.list,
      card => this.createItem(card),
      () => this.heading.focus(),
    );
    const form = this.createForm();
    // On a narrow page the form is below all cards.
    const jump = button('Add a card', () => form.focus(), { class: 'jump' });
    this.element = element(
      'div',
      { class: 'columns' },
      element('section', {}, element('div', { class: 'title' }, this.heading, jump), this.empty, this.list, this.more),
      element(
        'aside',
        { class: 'panel', 'aria-labelledby': 'add-heading' },
        element('h2', { id: 'add-heading' }, 'Add a card'),
        form.element,
      ),
    );
  }

  async load(): Promise<void> {
    const page = await this.member.request(() => this.member.client.listCards());
    this.next = page.next;
    this.show(page.items);
  }

  /** A card that was given away disappears at once; one that was received has a description to load. */
  async onTrade({ cardId, recipient }: Trade): Promise<void> {
    if (recipient.id === this.member.user.id) await this.load();
    else this.show(this.cards.filter(({ id }) => id !== cardId));
  }

  private async loadMore(): Promise<void> {
    const after = this.next;
    if (after === null) return;
    const page = await this.member.request(() => this.member.client.listCards({ after }));
    this.next = page.next;
    const known = new Set(this.cards.map(({ id }) => id));
    this.show([...this.cards, ...page.items.filter(({ id }) => !known.has(id))]);
  }

  private show(cards: readonly Card[]): void {
    this.cards = cards;
    this.items.show(cards);
    this.more.hidden = this.next === null;
    this.list.hidden = cards.length === 0;
    this.empty.hidden = cards.length > 0;
    this.empty.textContent = 'You have no cards yet. Add your first one, or wait until somebody gives you one.';
  }

  private createItem(card: Card): HTMLElement {
    const give = button('Give', () => this.give(card), { 'aria-label': `Give ${card.name} to somebody` });
    return element(
      'li',
      { class: 'card', 'data-tint': tintOf(card.id) },
      element('span', { class: 'initial', 'aria-hidden': 'true' }, initialOf(card.name)),
      element('h2', {}, card.name),
      element('p', { class: 'description' }, card.description),
      give,
    );
  }

  private give(card: Card): void {
    openGiveDialog(this.member, {
      card,
      onGiven: trade => this.member.run(() => this.onTrade(trade)),
      // The button has gone if its card has; the watch may have reported that while the dialog was open.
      onClosed: () => {
        if (!this.element.contains(document.activeElement)) this.heading.focus();
      },
    });
  }

  private createForm(): Form {
    const { client } = this.member;
    let sent = { text: '', key: '' };
    const form: Form = new Form({
      id: 'add',
      fields: [
        { name: 'name', label: 'Name' },
        { name: 'description', label: 'Description', isOptional: true, isMultiline: true },
      ],
      submit: 'Add card',
      send: async ({ name = '', description = '' }) => {
        // The same card sent twice has the same key, so a request whose answer was lost adds no second card.
        const text = JSON.stringify([name, description]);
        if (sent.text !== text) sent = { text, key: createKey() };
        const input = { name, description, idempotencyKey: sent.key };
        const card = await this.member.request(
          () => client.addCard(input),
          () => form.setNote(`${NO_ANSWER} Your card is kept, and is added as soon as the server is back.`),
        );
        sent = { text: '', key: '' };
        this.show([card, ...this.cards.filter(({ id }) => id !== card.id)]);
        form.clear();
        form.focus();
        toast(`${card.name} was added.`);
      },
    });
    return form;
  }
}
