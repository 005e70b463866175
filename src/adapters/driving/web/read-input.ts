import { z } from 'zod';
import type { Violation } from '../../../domain/errors.js';
import { ValidationFailed } from '../../../domain/errors.js';
import type { Operation } from '../operations/index.js';
import { UnsupportedMediaType } from '../operations/index.js';
import { readJsonBody } from './body.js';
import type { HttpRequest } from './http-request.js';
import { readQuery } from './read-query.js';

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
