import { ValidationFailed } from '../../../domain/errors.js';
import { MalformedRequest } from '../operations/index.js';

/**
 * Reads the query of a URL (without the question mark), each key once. Stricter than the platform's parser, which turns
 * an escape that is not UTF-8 into U+FFFD and takes one of the values of a repeated key.
 *
 * @throws `malformed_request`, `validation_failed`
 */
export function readQuery(text: string): Record<string, string> {
  const query: Record<string, string> = Object.create(null);
  if (text === '') return query;
  for (const pair of text.split('&')) {
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
