import type { IncomingMessage } from 'node:http';
import { MalformedRequest, PayloadTooLarge } from '../operations/index.js';
import type { TrustProxy } from './ip-addresses.js';
import type { Arrival } from './web-request.js';
import { arrivalOf } from './web-request.js';

/** A body as bytes, or the value that the application's own parser has made of it. */
export type RequestBody = { readonly bytes: Uint8Array } | { readonly parsed: unknown };

/** A request, independent of the server that received it. */
export interface HttpRequest extends Arrival {
  /** Path and query, not decoded, without the path that the handler is mounted at. */
  readonly target: string;
  /** The Express application's own `trust proxy` rule; null if there is none. */
  readonly trust: TrustProxy | null;
  /**
   * @throws `payload_too_large` as soon as there are more than `limit` bytes; `malformed_request` if the body is cut off
   */
  readBody(limit: number): Promise<RequestBody>;
}

/** What frameworks may add to a request of `node:http`. */
interface Additions {
  /** Set by body parsers. */
  readonly body?: unknown;
  /** Set by Express. */
  readonly app?: { get?(setting: string): unknown };
}

export function nodeRequest(request: IncomingMessage & Additions): HttpRequest {
  return {
    ...arrivalOf(request),
    target: request.url ?? '/',
    trust: expressTrust(request),
    readBody: limit => readNodeBody(request, limit),
  };
}

const EMPTY = { bytes: new Uint8Array() };

function expressTrust({ app }: Additions): TrustProxy | null {
  const setting: unknown = typeof app?.get === 'function' ? app.get('trust proxy fn') : undefined;
  return typeof setting === 'function' ? (setting as TrustProxy) : null;
}

async function readNodeBody(request: IncomingMessage & Additions, limit: number): Promise<RequestBody> {
  const { body, headers } = request;
  if (Buffer.isBuffer(body)) return { bytes: body };
  // The size can no longer be limited here: the application's parser has read the body.
  if (body !== undefined) return { parsed: body };
  const isSent = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (!isSent || request.readableEnded) return EMPTY;
  return { bytes: await collect(request, limit) };
}

const collect = (request: IncomingMessage, limit: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (finish: () => void): void => {
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      finish();
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > limit) settle(() => reject(new PayloadTooLarge(limit)));
      else chunks.push(chunk);
    };
    const onEnd = (): void =>
      settle(() => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    const onClose = (): void =>
      settle(() => reject(new MalformedRequest('The body is shorter than its Content-Length.')));
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });

/** What the server knows about a request besides the `Request` object. */
export interface FetchContext {
  /** The IP address of the peer. Without it no proxy is trusted, and cookies are always `Secure`. */
  readonly remoteAddress?: string | undefined;
}

export function fetchRequest(request: Request, { remoteAddress }: FetchContext, basePath: string): HttpRequest {
  const { protocol, host, pathname, search } = new URL(request.url);
  const headers = { host, ...Object.fromEntries(request.headers) };
  return {
    method: request.method,
    headers,
    remoteAddress,
    encrypted: protocol === 'https:',
    target: stripBase(pathname + search, basePath),
    trust: null,
    readBody: async limit => ({ bytes: await collectStream(request, limit) }),
  };
}

/** Removes the base path: `/api/me` becomes `/me`. Returns an empty target for paths outside of the base path. */
export function stripBase(target: string, basePath: string): string {
  if (basePath === '') return target;
  if (!target.startsWith(basePath)) return '';
  const rest = target.slice(basePath.length);
  return rest === '' || rest.startsWith('?') ? `/${rest}` : rest;
}

async function collectStream({ body, bodyUsed }: Request, limit: number): Promise<Uint8Array> {
  if (body === null || bodyUsed) return EMPTY.bytes;
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw new MalformedRequest('The body was cut off.');
    });
    if (done) return Buffer.concat(chunks);
    size += value.length;
    if (size > limit) {
      await reader.cancel().catch(() => undefined);
      throw new PayloadTooLarge(limit);
    }
    chunks.push(value);
  }
}
