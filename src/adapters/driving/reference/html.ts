/** Text that is HTML already. */
export class Html {
  constructor(readonly text: string) {}
}

type Part = string | number | Html | readonly Html[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeText = (text: string): string => text.replaceAll(/[&<>"']/g, character => ESCAPES[character] ?? character);

/** A template of HTML. Escapes every value that is not `Html`. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Html =>
  new Html(strings.reduce((text, string, index) => text + textOf(parts[index - 1]) + string));

function textOf(part: Part = ''): string {
  if (part instanceof Html) return part.text;
  return typeof part === 'object' ? part.map(each => each.text).join('') : escapeText(String(part));
}

/** Returns a sentence whose words between backticks are code. */
export const prose = (text: string): Html =>
  new Html(
    text
      .split('`')
      .map((each, index) => (index % 2 === 1 ? `<code>${escapeText(each)}</code>` : escapeText(each)))
      .join(''),
  );

export const join = (parts: readonly Html[], separator: string): Html =>
  new Html(parts.map(({ text }) => text).join(separator));
