import { ClientError } from '../../../client/index.js';
import { button, element, setAttribute } from './elements.js';
import type { FieldNames } from './words.js';
import { explain } from './words.js';

export interface Field extends FieldNames {
  readonly hint?: string;
  readonly type?: 'text' | 'email' | 'password';
  readonly autocomplete?: string;
  readonly isOptional?: boolean;
  readonly isMultiline?: boolean;
}

export type Values = Readonly<Record<string, string>>;

export interface FormParts {
  readonly id: string;
  readonly fields: readonly Field[];
  readonly submit: string;
  /** Called with the values. An error that it throws is shown at its fields, or above the button. */
  readonly send: (values: Values) => Promise<void>;
}

interface Control {
  readonly field: Field;
  readonly input: HTMLInputElement | HTMLTextAreaElement;
  readonly error: HTMLElement;
  readonly block: HTMLElement;
}

/** A form with labels, and with texts and errors that assistive technology reads with their fields (WCAG 2.2, 3.3.1 to 3.3.3). */
export class Form {
  readonly element: HTMLFormElement;
  private readonly controls: readonly Control[];
  private readonly message = element('p', { class: 'alert', role: 'alert', hidden: true });
  private readonly note = element('p', { class: 'note', role: 'status' });
  private readonly submit: HTMLButtonElement;
  private isBusy = false;

  constructor(private readonly parts: FormParts) {
    this.controls = parts.fields.map(field => createControl(parts.id, field));
    this.submit = element('button', { type: 'submit', class: 'primary' }, parts.submit);
    // The page's own messages replace those of the browser, which assistive technology reads only once.
    this.element = element(
      'form',
      { id: parts.id, novalidate: true },
      ...this.controls.map(({ block }) => block),
      this.message,
      this.note,
      this.submit,
    );
    this.element.addEventListener('submit', event => {
      event.preventDefault();
      void this.onSubmit();
    });
  }

  focus(): void {
    this.controls[0]?.input.focus();
  }

  /** Empties the fields and removes the errors. */
  clear(): void {
    this.element.reset();
    this.showErrors([], null);
    this.setNote('');
  }

  /** Shows what a request that takes long is waiting for. */
  setNote(text: string): void {
    this.note.textContent = text;
  }

  private async onSubmit(): Promise<void> {
    if (this.isBusy) return;
    const values = Object.fromEntries(this.controls.map(({ field, input }) => [field.name, enteredIn(field, input)]));
    const missing = this.controls
      .filter(({ field }) => !field.isOptional && values[field.name] === '')
      .map(({ field: { name, label } }) => ({ field: name, message: `${label} is missing.` }));
    this.showErrors(missing, null);
    if (missing.length > 0) return this.focusError();
    this.setBusy(true);
    try {
      await this.parts.send(values);
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      const explanation = explain(error, this.parts.fields);
      this.showErrors(explanation.fields, explanation.message);
      this.focusError();
    } finally {
      this.setBusy(false);
    }
  }

  private setBusy(isBusy: boolean): void {
    this.isBusy = isBusy;
    // The button is not disabled, because that would take the focus from it.
    setAttribute(this.submit, 'aria-disabled', isBusy ? 'true' : null);
    if (!isBusy) this.setNote('');
  }

  private showErrors(fields: readonly { field: string; message: string }[], message: string | null): void {
    for (const { field, input, error } of this.controls) {
      const text = fields.find(each => each.field === field.name)?.message ?? '';
      error.textContent = text;
      error.hidden = text === '';
      setAttribute(input, 'aria-invalid', text === '' ? null : 'true');
      const ids = [field.hint === undefined ? '' : `${input.id}-hint`, text === '' ? '' : error.id];
      setAttribute(input, 'aria-describedby', ids.filter(Boolean).join(' ') || null);
    }
    this.message.hidden = message === null;
    this.message.textContent = message;
  }

  private focusError(): void {
    this.controls.find(({ input }) => input.getAttribute('aria-invalid') === 'true')?.input.focus();
  }
}

/** Passwords are taken as they are; spaces at the ends of other texts are typing errors. */
const enteredIn = ({ type }: Field, { value }: { value: string }): string =>
  type === 'password' ? value : value.trim();

function createControl(form: string, field: Field): Control {
  const { name, label, type = 'text', hint, autocomplete = 'off', isOptional = false, isMultiline = false } = field;
  const id = `${form}-${name}`;
  const attributes = { id, name, autocomplete, 'aria-required': isOptional ? null : 'true' };
  const input = isMultiline
    ? element('textarea', { ...attributes, rows: 3 })
    : element('input', { ...attributes, type, autocapitalize: 'none', spellcheck: 'false' });
  if (hint !== undefined) input.setAttribute('aria-describedby', `${id}-hint`);
  const error = element('p', { id: `${id}-error`, class: 'error', hidden: true });
  const block = element(
    'div',
    { class: 'field' },
    element('label', { for: id }, label, isOptional ? element('span', { class: 'optional' }, ' (optional)') : null),
    type === 'password' ? element('div', { class: 'password' }, input, revealButton(input)) : input,
    hint === undefined ? null : element('p', { id: `${id}-hint`, class: 'hint' }, hint),
    error,
  );
  return { field, input, error, block };
}

/** Shows what is typed: required by NIST SP 800-63B-4, 3.1.1.2. */
function revealButton(input: HTMLElement): HTMLButtonElement {
  const reveal = button('', () => show(input.getAttribute('type') === 'password'), { class: 'reveal' });
  const show = (isShown: boolean): void => {
    input.setAttribute('type', isShown ? 'text' : 'password');
    reveal.textContent = isShown ? 'Hide' : 'Show';
    reveal.setAttribute('aria-label', `${reveal.textContent} the password`);
  };
  show(false);
  return reveal;
}
