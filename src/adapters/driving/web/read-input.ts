import type { Violation } from '../../../domain/errors.js';
import { ValidationFailed } from '../../../domain/errors.js';
import { z } from '../../../peers/zod.js';
import type { Operation } from '../operations/index.js';
import {
  decodeJson,
  decodeUtf8,
  MalformedRequest,
  PayloadTooLarge,
  UnsupportedMediaType,
} from '../operations/index.js';
import type { HttpRequest } from './http-request.js';

/** Reads the input of an operation from the path, the query and the body of a request. */
export type ReadInput = (
  request: HttpRequest,
  query: string,
  params: Readonly<Record<string, string>>,
) => unknown | Promise<unknown>;

export function inputReader({ input, route }: Operation): ReadInput {
  const { properties = {}, required = [] } = z.toJSONSchema(input, { io: 'input' });
  if (route.method === 'POST') return bodyReader(required.length > 0);

  const integers = new Set(Object.keys(properties).filter(key => typeOf(properties[key]) === 'integer'));
  return (_request, text, params) => {
    const query = readQuery(text);
    for (const key of Object.keys(query)) if (key in params) throw unknown([key]);
    const pairs = Object.entries(query).map(([key, value]) => [key, integers.has(key) ? integerOf(value) : value]);
    return Object.assign(Object.fromEntries(pairs), params);
  };
}

const bodyReader =
  (needsBody: boolean): ReadInput =>
  async (request, text) => {
    const query = Object.keys(readQuery(text));
    if (query.length > 0) throw unknown(query);
    const body = await readJsonBody(request);
    if (body === undefined && needsBody) throw new UnsupportedMediaType();
    return body === undefined ? {} : body;
  };

const typeOf = (schema: unknown): unknown =>
  typeof schema === 'object' && schema !== null && 'type' in schema ? schema.type : undefined;

/** Returns text that is not a plain integer unchanged: the operation's schema refuses it. */
const integerOf = (text: string): number | string => (/^-?\d{1,15}$/.test(text) ? Number(text) : text);

const unknown = (keys: readonly string[]): ValidationFailed =>
  new ValidationFailed(keys.map((key): Violation => ({ pointer: `/${key}`, detail: 'is not a known key' })));

/**
 * Reads the query of a URL, without the question mark. Stricter than `URLSearchParams`, which replaces an escape that is
 * not UTF-8 by U+FFFD and accepts repeated keys.
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
    throw new MalformedRequest('The query of the URL is not percent-encoded UTF-8.');
  }
}

/** Bytes. */
export const MAX_BODY = 16 * 1024;

const MEDIA_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/**
 * Returns the JSON value of a request's body; `undefined` if there is no body. Refuses by the headers first, so that a
 * body that will be refused is not read.
 *
 * @throws `unsupported_media_type`, `payload_too_large`, `malformed_request`
 */
export async function readJsonBody(request: HttpRequest): Promise<unknown> {
  const { headers } = request;
  const type = headers['content-type'];
  const encoding = headers['content-encoding'];
  // A small compressed body can decompress to a large one.
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw new UnsupportedMediaType('The body must not be compressed.');
  }
  if (type !== undefined) checkMediaType(type);
  if (Number(headers['content-length'] ?? 0) > MAX_BODY) throw new PayloadTooLarge(MAX_BODY);
  const body = await request.readBody(MAX_BODY);
  if ('parsed' in body) return body.parsed;
  if (body.bytes.length > 0) {
    checkMediaType(type ?? '');
    return decodeJson(decodeUtf8(body.bytes));
  }
  // An empty body without a media type is no body; with `application/json` it is malformed, because it is not JSON.
  if (type === undefined) return undefined;
  throw new MalformedRequest('The body is empty.');
}

function checkMediaType(type: string): void {
  if (!MEDIA_TYPE.test(type)) throw new UnsupportedMediaType();
}
