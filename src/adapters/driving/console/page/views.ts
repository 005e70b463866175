import { element, find } from './elements.js';

/** One view of the page. Its address is `#/` and its name. */
export interface View {
  readonly title: string;
  readonly element: HTMLElement;
  readonly heading: HTMLElement;
  /** Receives the focus when the view is shown; the heading if left out. */
  focus?(): void;
  /** Called each time the view is shown. */
  onShow?(): void;
}

export function heading(text: string): HTMLElement {
  return element('h1', { tabindex: '-1' }, text);
}

/** Replaces the view. `moveFocus` is false when the page has just been loaded. */
export function showView(view: View, moveFocus: boolean): void {
  document.title = `${view.title} – Tradepost`;
  find('main').replaceChildren(view.element);
  view.onShow?.();
  if (!moveFocus) return;
  // Otherwise the focus would stay on what has gone, and a screen reader would not read the new view.
  if (view.focus) view.focus();
  else view.heading.focus();
  scrollTo(0, 0);
}

/** Marks the link of the current view. */
export function markCurrent(hash: string): void {
  for (const link of find('navigation').querySelectorAll('a')) {
    if (link.getAttribute('href') === hash) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

/** Shows a message for some seconds. Everything in a toast can also be found elsewhere on the page. */
export function toast(text: string): void {
  const shown = element('p', { class: 'toast' }, text);
  find('toasts').append(shown);
  setTimeout(() => shown.remove(), 8000);
}

/** Shows a message above the view until it is replaced; an empty text removes it. */
export function banner(text: string): void {
  if (find('banner').textContent !== text) find('banner').textContent = text;
}
