import { ValidationFailed } from '../../../domain/errors.js';
import { MalformedRequest } from '../operations/index.js';

/**
 * The query of a URL, each key once. Strict where the platform's parser is lenient: an escape that is not UTF-8 would
 * become U+FFFD, and of a repeated key one of the values would be taken without a word.
 */
export function readQuery(url: string): Record<string, string> {
  const start = url.indexOf('?');
  const query: Record<string, string> = Object.create(null);
  if (start === -1) return query;
  for (const pair of url.slice(start + 1).split('&')) {
    if (pair === '') continue;
    const separator = pair.indexOf('=');
    const key = decode(separator === -1 ? pair : pair.slice(0, separator));
    if (key in query) throw ValidationFailed.of('is given more than once', `/${key}`);
    query[key] = separator === -1 ? '' : decode(pair.slice(separator + 1));
  }
  return query;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new MalformedRequest('The query of the address is not percent-encoded UTF-8.');
  }
}
