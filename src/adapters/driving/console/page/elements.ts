/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

type Attributes = Readonly<Record<string, string | number | boolean | null>>;
export type Child = Node | string | null;

/**
 * Creates an element. Text becomes text nodes and never HTML, so what other users wrote cannot become markup or code
 * (OWASP Cross Site Scripting Prevention Cheat Sheet, "Safe Sinks").
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const created = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(created, name, value);
  created.append(...children.filter(child => child !== null));
  return created;
}

/** `false` and null remove the attribute; `true` sets it without a value. */
export function setAttribute(target: Element, name: string, value: string | number | boolean | null): void {
  if (value === false || value === null) target.removeAttribute(name);
  else target.setAttribute(name, value === true ? '' : String(value));
}

/** Returns an element of `index.html`. */
export function find(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element #${id}`);
  return found;
}

export function button(text: string, onClick: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const created = element('button', { type: 'button', ...attributes }, text);
  created.addEventListener('click', onClick);
  return created;
}

/** Returns a point in time as people write it; the title has the exact one. */
export function time(iso: string): HTMLElement {
  const at = new Date(iso);
  const isToday = at.toDateString() === new Date().toDateString();
  const text = isToday
    ? at.toLocaleTimeString('en', { hour: '2-digit', minute: '2-digit', hour12: false })
    : at.toLocaleDateString('en', { day: 'numeric', month: 'short', year: 'numeric' });
  return element(
    'time',
    { datetime: iso, title: at.toLocaleString('en', { dateStyle: 'full', timeStyle: 'long' }) },
    text,
  );
}

/**
 * Shows the items of a list in order. Keeps the elements of items that were shown before, so that an update moves neither
 * the focus nor a selection.
 */
export class KeyedList<Item extends { readonly id: string }> {
  private readonly shown = new Map<string, HTMLElement>();

  constructor(
    private readonly list: HTMLElement,
    private readonly create: (item: Item) => HTMLElement,
    /** Called if the element with the focus was removed. */
    private readonly onFocusLost: () => void,
  ) {}

  show(items: readonly Item[]): void {
    const kept = new Set(items.map(({ id }) => id));
    const hadFocus = this.list.contains(document.activeElement);
    for (const [id, old] of this.shown) {
      if (kept.has(id)) continue;
      old.remove();
      this.shown.delete(id);
    }
    items.forEach((item, index) => {
      const current = this.shown.get(item.id) ?? this.create(item);
      this.shown.set(item.id, current);
      if (this.list.children[index] !== current) this.list.insertBefore(current, this.list.children[index] ?? null);
    });
    if (hadFocus && !this.list.contains(document.activeElement)) this.onFocusLost();
  }
}
