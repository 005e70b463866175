import { createHash } from 'node:crypto';
import type { RequestHandler } from 'express';
import { SECURITY_HEADERS } from '../web/answer.js';

/** Answers with a document that does not change while the process runs: put into bytes once, with an ETag (RFC 9110, 8.8.3). */
export function serveDocument(describe: () => object): RequestHandler {
  let prepared: { readonly bytes: Buffer; readonly etag: string } | undefined;
  return (request, response) => {
    prepared ??= prepare(describe());
    const { bytes, etag } = prepared;
    const headers = [...SECURITY_HEADERS, 'Cache-Control', 'no-cache', 'ETag', etag];
    if (request.headers['if-none-match']?.includes(etag)) return void response.writeHead(304, headers).end();
    headers.push('Content-Type', 'application/json; charset=utf-8', 'Content-Length', String(bytes.length));
    response.writeHead(200, headers).end(bytes);
  };
}

function prepare(document: object): { bytes: Buffer; etag: string } {
  const bytes = Buffer.from(JSON.stringify(document));
  return { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url')}"` };
}
