import { createHash } from 'node:crypto';
import { fromProduct, settings } from './support.mjs';

const { sign, unsign } = fromProduct('cookie-signature');
const { cookieName, secret } = settings;
const prefix = `${cookieName}=`;

/** Returns the token of a cookie that Tradepost set; null where there is none or its signature is wrong. */
export function tokenOf(request) {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const trimmed = pair.trim();
    if (trimmed.startsWith(prefix)) return unsign(trimmed.slice(prefix.length), secret) || null;
  }
  return null;
}

export const signedCookie = token => prefix + sign(token, secret);

export const digestOf = token => createHash('sha256').update(token).digest();
