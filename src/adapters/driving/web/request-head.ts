import type { IncomingMessage } from 'node:http';
import { MalformedRequest } from '../operations/index.js';

/**
 * What Node's parser lets pass and no server may answer: a request that names no version (HTTP/0.9), and one whose Host
 * is missing or there twice (RFC 9112, 3.2), so that two servers in a row could disagree about whom it is for.
 */
export function flawOfHead({
  httpVersionMajor,
  httpVersionMinor,
  rawHeaders,
}: IncomingMessage): MalformedRequest | null {
  if (httpVersionMajor < 1) return new MalformedRequest('The request names no version of HTTP.');
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name?.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  if (hosts === 1 || (hosts === 0 && httpVersionMinor === 0)) return null;
  return new MalformedRequest(hosts === 0 ? 'The header Host is missing.' : 'The header Host is there twice.');
}
