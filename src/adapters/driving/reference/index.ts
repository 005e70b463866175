import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RequestHandler } from 'express';
import { PlainError } from '../../../domain/redaction.js';
import { SECURITY_HEADERS } from '../web/answer.js';
import type { SocketReference } from './reference-page.js';
import { referencePage } from './reference-page.js';

export { describeForModels } from './llms.js';

/** The package: both `src` and `dist` are directly in it. */
const FOLDER = new URL('../../../../console/', import.meta.url);

interface Page {
  readonly bytes: Buffer;
  readonly etag: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
}

/**
 * Serves the reference page. Builds it at the first request. `describeSocket` returns the OpenRPC document.
 *
 * @throws PlainError, at the first request, if a file of the page is missing
 */
export function serveReference(describeSocket: () => object): RequestHandler {
  let page: Page | undefined;
  return (request, response) => {
    page ??= prepare(describeSocket() as SocketReference);
    const { bytes, etag, headers } = page;
    if (request.headers['if-none-match']?.includes(etag)) return void response.writeHead(304, [...headers]).end();
    const own = ['Content-Type', 'text/html; charset=utf-8', 'Content-Length', String(bytes.length)];
    response.writeHead(200, [...headers, ...own]).end(bytes);
  };
}

function prepare(socket: SocketReference): Page {
  const style = readPart('reference.css');
  const bytes = Buffer.from(referencePage(socket, style, readPart('icon.svg')));
  const etag = `"${createHash('sha256').update(bytes).digest('base64url')}"`;
  const headers = [...SECURITY_HEADERS, 'Cache-Control', 'no-cache', 'ETag', etag];
  headers[headers.indexOf('Content-Security-Policy') + 1] = policyFor(style);
  return { bytes, etag, headers };
}

/** The page has no script, loads nothing and can be shown in no frame. Its one style is allowed by its digest (CSP 3). */
const policyFor = (style: string): string =>
  [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    'img-src data:',
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');

function readPart(name: string): string {
  try {
    return readFileSync(new URL(name, FOLDER), 'utf8');
  } catch (cause) {
    throw new PlainError(`A file of the reference page cannot be read: ${name}. To fix it, install Tradepost again.`, {
      cause,
    });
  }
}
