import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Violation } from '../../../domain/errors.js';
import { ValidationFailed } from '../../../domain/errors.js';
import type { Operation } from '../operations/index.js';
import { UnsupportedMediaType } from '../operations/index.js';
import { readBody } from './read-body.js';
import { readQuery } from './read-query.js';

export type ReadInput = (request: Request, response: Response) => Promise<unknown>;

/** How the input of an operation is put together of path, query and body. */
export function inputReader({ input, route }: Operation): ReadInput {
  const { properties = {}, required = [] } = z.toJSONSchema(input, { io: 'input' });
  if (route.method === 'POST') return bodyReader(required.length > 0);

  const integers = new Set(Object.keys(properties).filter(key => typeOf(properties[key]) === 'integer'));
  return async request => {
    const query = readQuery(request.url);
    for (const key of Object.keys(query)) if (key in request.params) throw unknown([key]);
    const entries = Object.entries(query).map(([key, text]) => [key, integers.has(key) ? integerOf(text) : text]);
    return Object.assign(Object.fromEntries(entries), request.params);
  };
}

const bodyReader =
  (needsBody: boolean): ReadInput =>
  async (request, response) => {
    const query = Object.keys(readQuery(request.url));
    if (query.length > 0) throw unknown(query);
    const body = await readBody(request, response);
    if (body === undefined && needsBody) throw new UnsupportedMediaType();
    return body === undefined ? {} : body;
  };

const typeOf = (schema: unknown): unknown =>
  typeof schema === 'object' && schema !== null && 'type' in schema ? schema.type : undefined;

/** Text that is not a plain integer stays text, and is refused as such. */
const integerOf = (text: string): number | string => (/^-?\d{1,15}$/.test(text) ? Number(text) : text);

const unknown = (keys: readonly string[]): ValidationFailed =>
  new ValidationFailed(keys.map((key): Violation => ({ pointer: `/${key}`, detail: 'is not a known key' })));
