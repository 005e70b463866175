import { z } from 'zod';
import type { Violation } from '../../../domain/errors.js';
import { ValidationFailed } from '../../../domain/errors.js';
import type { Operation } from '../operations/index.js';
import {
  decodeJson,
  decodeUtf8,
  MalformedRequest,
  PayloadTooLarge,
  UnsupportedMediaType,
} from '../operations/index.js';
import type { HttpRequest } from './http-request.js';

/** Puts the input of an operation together of path, query and body. */
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
    const entries = Object.entries(query).map(([key, value]) => [key, integers.has(key) ? integerOf(value) : value]);
    return Object.assign(Object.fromEntries(entries), params);
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

/** Text that is not a plain integer stays text, and is refused as such. */
const integerOf = (text: string): number | string => (/^-?\d{1,15}$/.test(text) ? Number(text) : text);

const unknown = (keys: readonly string[]): ValidationFailed =>
  new ValidationFailed(keys.map((key): Violation => ({ pointer: `/${key}`, detail: 'is not a known key' })));

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

/** Bytes. */
export const MAX_BODY = 16 * 1024;

const MEDIA_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

/**
 * The JSON value of a request's body; `undefined` where there is no body. What can be refused by the headers is refused
 * before anything is read.
 *
 * @throws `unsupported_media_type`, `payload_too_large`, `malformed_request`
 */
export async function readJsonBody(request: HttpRequest): Promise<unknown> {
  const { headers } = request;
  const type = headers['content-type'];
  const encoding = headers['content-encoding'];
  // A small compressed body can unpack to a large one.
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
  // An empty body that says it is JSON is not JSON; one that says nothing is no body.
  if (type === undefined) return undefined;
  throw new MalformedRequest('The body is empty.');
}

function checkMediaType(type: string): void {
  if (!MEDIA_TYPE.test(type)) throw new UnsupportedMediaType();
}
