import {
  decodeJson,
  decodeUtf8,
  MalformedRequest,
  PayloadTooLarge,
  UnsupportedMediaType,
} from '../operations/index.js';
import type { HttpRequest } from './http-request.js';

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
