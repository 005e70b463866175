import { button, element } from './elements.js';
import { Form } from './form.js';
import type { Card, Member, Trade } from './member.js';
import { createKey } from './patience.js';
import { toast } from './views.js';
import { NO_ANSWER, recipientOf } from './words.js';

export interface GiveParts {
  readonly card: Card;
  readonly onGiven: (trade: Trade) => void;
  /** Called when the dialog is closed, whether or not the card was given. */
  readonly onClosed: () => void;
}

/** Opens a dialog for the recipient of a card. The browser keeps the focus in it, and then returns it to the button. */
export function openGiveDialog({ client, request }: Member, { card, onGiven, onClosed }: GiveParts): void {
  const keys = new Map<string, string>();
  const form: Form = new Form({
    id: 'give',
    fields: [
      {
        name: 'recipient',
        label: 'Recipient',
        hint: 'The username or e-mail address of another user.',
        pointers: ['/recipient', '/recipient/username', '/recipient/email'],
      },
    ],
    submit: 'Give card',
    send: async ({ recipient = '' }) => {
      // One key for each recipient, so a request whose answer was lost gives the card once.
      const idempotencyKey = keys.get(recipient) ?? createKey();
      keys.set(recipient, idempotencyKey);
      const trade = await request(
        () => client.recordTrade({ cardId: card.id, recipient: recipientOf(recipient), idempotencyKey }),
        () => form.setNote(`${NO_ANSWER} The card is given as soon as the server is back.`),
      );
      dialog.close();
      onGiven(trade);
      toast(`You gave ${trade.cardName} to ${trade.recipient.name}.`);
    },
  });
  const dialog = element(
    'dialog',
    { 'aria-labelledby': 'give-heading' },
    element('h2', { id: 'give-heading' }, `Give ${card.name} to somebody`),
    form.element,
  );
  form.element.append(button('Cancel', () => dialog.close()));
  dialog.addEventListener('close', () => {
    dialog.remove();
    onClosed();
  });
  document.body.append(dialog);
  dialog.showModal();
  form.focus();
}
