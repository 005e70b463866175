import type { Request, Response } from 'express';
import express from 'express';
import {
  decodeJson,
  decodeUtf8,
  MalformedRequest,
  PayloadTooLarge,
  UnsupportedMediaType,
} from '../operations/index.js';

/** Bytes. */
export const MAX_BODY = 16 * 1024;

// The bytes as they came: decoding text and JSON more strictly than the framework does is our own concern. What was
// compressed is refused, for a small body can be a large one compressed.
const raw = express.raw({ type: () => true, limit: MAX_BODY, inflate: false });

/**
 * The JSON value of a request's body; `undefined` where there is no body. An application that parsed the body itself
 * before it handed the request on is believed, though what its parser let pass cannot be refused any more.
 */
export async function readBody(request: Request, response: Response): Promise<unknown> {
  const parsed: unknown = request.body;
  if (parsed !== undefined && !Buffer.isBuffer(parsed)) {
    // An application that also takes forms has parsed those as well.
    if (request.headers['content-type'] !== undefined) checkMediaType(request);
    return parsed;
  }
  if (parsed === undefined) await readRaw(request, response);
  const bytes: unknown = request.body;
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) {
    // An empty body that says it is JSON is not JSON; one that says nothing is no body.
    if (request.headers['content-type'] === undefined) return undefined;
    checkMediaType(request);
    throw new MalformedRequest('The body is empty.');
  }
  checkMediaType(request);
  return decodeJson(decodeUtf8(bytes));
}

const MEDIA_TYPE = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i;

function checkMediaType({ headers }: Request): void {
  if (!MEDIA_TYPE.test(headers['content-type'] ?? '')) throw new UnsupportedMediaType();
}

const readRaw = (request: Request, response: Response): Promise<void> =>
  new Promise((resolve, reject) => {
    raw(request, response, (error?: unknown) => (error === undefined ? resolve() : reject(bodyError(error))));
  });

/** The body parser's findings, by the `type` it documents for each. */
function bodyError(error: unknown): unknown {
  const type = typeof error === 'object' && error !== null && 'type' in error ? error.type : undefined;
  switch (type) {
    case 'entity.too.large':
      return new PayloadTooLarge(MAX_BODY);
    case 'encoding.unsupported':
      return new UnsupportedMediaType('The body must not be compressed.');
    case 'request.aborted':
    case 'request.size.invalid':
      return new MalformedRequest('The body is not as long as its Content-Length says.');
    default:
      return error;
  }
}
